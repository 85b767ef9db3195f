#include "fuzz.hpp"
#include "protocol/base64.hpp"
#include "protocol/percent.hpp"
#include "protocol/sas.hpp"

#include <string>

// Tokens of a stranger, and tokens of our own for any resource.

namespace {

constexpr std::string_view key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

void check_codecs(std::string_view text) {
    must(*protocol::percent_decode(protocol::percent_encode(text)) == text);
    must(*protocol::decode_base64(protocol::encode_base64(text)) == text);
    (void)protocol::percent_decode(text);
    (void)protocol::decode_base64(text);
}

void check_own_token(std::string_view resource) {
    const auto made =
        protocol::make_sas_token(resource, key, base::SystemTime(std::chrono::seconds(1900000000)));
    must(made.has_value());
    const auto token = protocol::parse_sas_token(*made);
    if (!token) {
        must(resource.empty() || made->size() > 4096);
        return;
    }
    must(protocol::signature_matches(*token, key));
    must(resource.starts_with(token->resource));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    check_codecs(text);
    check_own_token(text);
    const auto token = protocol::parse_sas_token(text);
    if (!token) return 0;
    (void)protocol::signature_matches(*token, key);
    (void)protocol::resource_host(token->resource);
    (void)protocol::resource_covers(token->resource, "devices/d1");
    must(token->expiry + std::chrono::hours(24) > token->expiry);
    return 0;
}
