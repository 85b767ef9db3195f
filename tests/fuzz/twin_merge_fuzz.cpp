#include "fuzz.hpp"
#include "protocol/twin.hpp"

#include <algorithm>
#include <string>

// Input: what the section holds, a line feed, and the patch, both JSON.

namespace {

using base::Json;
using base::JsonView;
using protocol::Section;

// "$metadata" has an entry for each member, and no others (sheet §1.8).
void must_mirror(JsonView section, JsonView metadata) {
    must(metadata.find("$lastUpdated").is_string());
    std::size_t entries = 0;
    for (const JsonView entry : metadata)
        entries += entry.name().starts_with('$') ? 0 : 1;
    if (!section.is_object()) {
        must(entries == 0);
        return;
    }
    must(entries == section.size());
    for (const JsonView member : section)
        must_mirror(member, metadata.find(member.name()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    const std::size_t line_end = std::min(text.find('\n'), text.size());
    const auto first = Json::parse(text.substr(0, line_end));
    const auto patch = Json::parse(text.substr(std::min(line_end + 1, text.size())));
    if (!first || !patch) return 0;
    for (const Section section : {Section::tags, Section::desired, Section::reported}) {
        (void)protocol::check_section(*first, section);
        (void)protocol::check_section(*patch, section);
    }
    (void)protocol::section_size(*first);
    if (!protocol::check_section(*first, Section::desired) ||
        !protocol::check_section(*patch, Section::desired)) {
        return 0;
    }
    const Json current = protocol::merge(Json::object(), *first);
    const Json merged = protocol::merge(current, *patch);
    must(protocol::check_section(merged, Section::reported).has_value());
    must(protocol::merge(merged, *patch).view().equals(merged));
    const Json before = protocol::merge_metadata(Json::object(), *first, "t1", 1);
    must_mirror(current, before);
    must_mirror(merged, protocol::merge_metadata(before, *patch, "t2", 2));
    return 0;
}
