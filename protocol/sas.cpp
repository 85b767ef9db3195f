#include "protocol/sas.hpp"

#include "protocol/ascii.hpp"
#include "protocol/base64.hpp"
#include "protocol/hmac.hpp"
#include "protocol/percent.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace protocol {
namespace {

constexpr std::string_view scheme = "SharedAccessSignature ";
constexpr std::size_t max_token = 4096;

base::Error refused(std::string message) {
    return {base::Errc::unauthorized, "shared access signature: " + std::move(message)};
}

Sha256Digest sign(std::string_view key, std::string_view resource_raw, std::string_view expiry_raw) {
    std::string text;
    text.reserve(resource_raw.size() + 1 + expiry_raw.size());
    text.append(resource_raw).append(1, '\n').append(expiry_raw);
    return hmac_sha256(key, text);
}

std::string_view view(const Sha256Digest& digest) {
    return {digest.data(), digest.size()};
}

struct Fields {
    std::optional<std::string_view> sr, sig, se, skn;
};

base::Result<Fields> split_fields(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        const std::string_view field = take_until(text, '&');
        const std::size_t equals = field.find('=');
        if (equals == std::string_view::npos) return refused("a field has no '='");
        const std::string_view name = field.substr(0, equals);
        const std::array<std::pair<std::string_view, std::optional<std::string_view>*>, 4> known{
            {{"sr", &fields.sr}, {"sig", &fields.sig}, {"se", &fields.se}, {"skn", &fields.skn}}};
        for (const auto& [known_name, slot] : known) {
            if (name != known_name) continue;
            if (*slot) return refused(std::string(name) + " is there twice");
            *slot = field.substr(equals + 1);
        }
    }
    return fields;
}

base::Result<base::SystemTime> parse_expiry(std::string_view text) {
    // 2261-01-01: near the end of a nanosecond clock, with room for the grace that callers add.
    constexpr std::uint64_t latest = 9183110400;
    const bool all_digits = std::all_of(text.begin(), text.end(), is_digit);
    if (text.empty() || text.size() > 18 || !all_digits) {
        return refused("se is no number of seconds since 1970");
    }
    std::uint64_t seconds = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), seconds);  // 18 digits fit
    return base::SystemTime(std::chrono::seconds(std::min(seconds, latest)));
}

// Old tokens carry "/api-version=2016-11-14" behind the device id (§1.3).
std::string_view without_api_version(std::string_view resource) {
    const std::size_t at = resource.rfind("/api-version=");
    return at == std::string_view::npos ? resource : resource.substr(0, at);
}

}  // namespace

base::Result<std::string> make_sas_token(std::string_view resource, std::string_view key_base64,
                                         base::SystemTime expiry, std::string_view policy) {
    const auto key = decode_base64(key_base64);
    if (!key) return base::with_context(key.error(), "the shared access key");
    if (key->empty()) return base::Error{base::Errc::invalid_argument, "the shared access key is empty"};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(expiry.time_since_epoch()).count();
    const std::string expiry_text = std::to_string(std::max<std::int64_t>(0, seconds));
    const std::string resource_text = percent_encode(resource);
    const Sha256Digest signature = sign(*key, resource_text, expiry_text);

    std::string token(scheme);
    token += "sr=" + resource_text;
    token += "&sig=" + percent_encode(encode_base64(view(signature)));
    token += "&se=" + expiry_text;
    if (!policy.empty()) token += "&skn=" + percent_encode(policy);
    return token;
}

base::Result<SasToken> parse_sas_token(std::string_view text) {
    if (text.size() > max_token) return refused("it is longer than " + std::to_string(max_token) + " bytes");
    if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme)) {
        return refused("it does not begin with \"SharedAccessSignature \"");
    }
    const auto fields = split_fields(text.substr(scheme.size()));
    if (!fields) return fields.error();
    if (!fields->sr || fields->sr->empty()) return refused("sr, the resource, is missing");
    if (!fields->sig || fields->sig->empty()) return refused("sig, the signature, is missing");
    if (!fields->se) return refused("se, the expiry, is missing");

    const auto resource = percent_decode(*fields->sr);
    if (!resource) return refused("sr: " + resource.error().message);
    const auto signature_text = percent_decode(*fields->sig);
    if (!signature_text) return refused("sig: " + signature_text.error().message);
    auto signature = decode_base64(*signature_text);
    if (!signature) return refused("sig: " + signature.error().message);
    const auto expiry = parse_expiry(*fields->se);
    if (!expiry) return expiry.error();
    auto policy = percent_decode(fields->skn.value_or(""));
    if (!policy) return refused("skn: " + policy.error().message);

    return SasToken{.resource_raw = std::string(*fields->sr),
                    .resource = std::string(without_api_version(*resource)),
                    .signature = *std::move(signature),
                    .expiry_raw = std::string(*fields->se),
                    .expiry = *expiry,
                    .policy = *std::move(policy)};
}

bool signature_matches(const SasToken& token, std::string_view key_base64) {
    const auto key = decode_base64(key_base64);
    if (!key || key->empty()) return false;
    return equal_in_constant_time(view(sign(*key, token.resource_raw, token.expiry_raw)), token.signature);
}

std::string_view resource_host(std::string_view resource) {
    const std::string_view authority = resource.substr(0, resource.find('/'));
    if (authority.starts_with('[')) {  // "[::1]:8883"
        const std::size_t close = authority.find(']');
        if (close != std::string_view::npos) return authority.substr(1, close - 1);
    }
    return authority.substr(0, authority.rfind(':'));
}

bool resource_covers(std::string_view resource, std::string_view path) {
    const std::size_t slash = resource.find('/');
    std::string_view scope = slash == std::string_view::npos ? "" : resource.substr(slash + 1);
    while (scope.ends_with('/'))
        scope.remove_suffix(1);
    if (scope.empty()) return true;
    return equal_ignoring_case(path.substr(0, scope.size()), scope) &&
           (path.size() == scope.size() || path[scope.size()] == '/');
}

}  // namespace protocol
