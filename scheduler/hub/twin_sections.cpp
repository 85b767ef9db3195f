#include "scheduler/hub/twin_sections.hpp"

#include <cstdint>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;
using protocol::Section;

constexpr base::JsonLimits body_limits{.bytes = std::size_t{256} * 1024, .depth = 32, .comments = false};

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

Outcome<void> checked(const base::Result<void>& result) {
    if (!result) return invalid(result.error().message);  // also what is too large: §1.7 has 400 for both
    return {};
}

}  // namespace

std::string joined(std::string_view object, std::string_view members) {
    std::string text(object.substr(0, object.size() - 1));
    if (text.size() > 1) text += ',';
    text += members;
    text += '}';
    return text;
}

std::string version_member(std::int64_t version) {
    return "\"$version\":" + std::to_string(version);
}

// What is stored is what merge() and dump() made; that it parses again is this program's own promise.
base::Json stored_json(const std::string& text) {
    auto json =
        base::Json::parse(text, {.bytes = std::size_t{4} * 1024 * 1024, .depth = 64, .comments = false});
    return json ? std::move(*json) : base::Json::object();
}

std::optional<base::Json> section_patch(base::JsonView section, const std::string& current) {
    if (!section.exists()) return std::nullopt;
    if (section.is_null()) {
        base::Json patch = base::Json::object();
        const base::Json members = stored_json(current);
        for (const base::JsonView member : members) {
            patch.set(member.name(), nullptr);
        }
        return patch;
    }
    base::Json patch(section);
    if (patch.is_object()) {
        patch.erase("$metadata");
        patch.erase("$version");
    }
    return patch;
}

Outcome<base::Json> patched(const std::string& current, const base::Json& patch, Section section) {
    if (auto good = checked(protocol::check_section(patch, section)); !good) return std::move(good).error();
    base::Json merged = protocol::merge(stored_json(current), patch);
    if (auto good = checked(protocol::check_section_size(merged, section)); !good) {
        return std::move(good).error();
    }
    return merged;
}

Outcome<base::Json> parse_twin_body(std::string_view body) {
    auto parsed = base::Json::parse(body, body_limits);
    if (!parsed) return invalid(parsed.error().message);
    if (!parsed->is_object()) return invalid("the body must be a JSON object");
    return std::move(*parsed);
}

Outcome<base::JsonView> twin_properties(base::JsonView request) {
    const base::JsonView properties = request.find("properties");
    if (!properties.exists() || properties.is_null() || properties.is_object()) return properties;
    return invalid("properties must be an object that holds desired");
}

Outcome<void> check_twin_patch(std::string_view body) {
    const auto request = parse_twin_body(body);
    if (!request) return request.error();
    const auto properties = twin_properties(*request);
    if (!properties) return properties.error();
    const std::string nothing = "{}";
    const std::pair<Section, base::JsonView> sections[] = {{Section::tags, request->find("tags")},
                                                           {Section::desired, properties->find("desired")}};
    for (const auto& [section, value] : sections) {
        const auto patch = section_patch(value, nothing);
        if (!patch) continue;
        if (auto merged = patched(nothing, *patch, section); !merged) return std::move(merged).error();
    }
    return {};
}

}  // namespace hub
