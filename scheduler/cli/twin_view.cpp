#include "scheduler/cli/twin_view.hpp"

#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

namespace {

constexpr std::size_t widest_cell = 60;

struct Leaf {
    std::string path;
    base::JsonView value;
};

// {"value":…,"ac":…,"av":…,"ad":…}. A refusal of what was never valid may have no value.
bool is_acknowledgement(base::JsonView value) {
    if (!value.is_object() || !value.find("ac").is_number()) return false;
    constexpr std::array<std::string_view, 4> names{"value", "ac", "av", "ad"};
    for (const base::JsonView member : value) {
        if (std::find(names.begin(), names.end(), member.name()) == names.end()) return false;
    }
    return true;
}

// The leaves of a section, with their dotted paths, in order. An object that is empty is a leaf as well, and
// so is what stands at one of the paths `whole`.
void collect(base::JsonView object, const std::string& prefix, const std::set<std::string>& whole,
             std::vector<Leaf>& leaves) {
    for (const base::JsonView member : object) {
        if (member.name().starts_with('$')) continue;
        const std::string path = prefix + std::string(member.name());
        if (member.is_object() && member.size() > 0 && !is_acknowledgement(member) && !whole.contains(path)) {
            collect(member, path + ".", whole, leaves);
        } else {
            leaves.push_back({path, member});
        }
    }
}

std::vector<Leaf> leaves_of(base::JsonView section, const std::set<std::string>& whole = {}) {
    std::vector<Leaf> leaves;
    collect(section, "", whole, leaves);
    return leaves;
}

struct Property {
    std::string path;
    std::string desired;
    std::string reported;
    std::string acknowledged;
};

Property& find_or_add(std::vector<Property>& properties, const std::string& path) {
    const auto found = std::find_if(properties.begin(), properties.end(),
                                    [&path](const Property& property) { return property.path == path; });
    if (found != properties.end()) return *found;
    return properties.emplace_back(Property{path, {}, {}, {}});
}

std::string acknowledgement(base::JsonView reported) {
    std::string out = reported.find("ac").dump();
    if (const auto version = reported.find("av").as_integer()) out += ", version " + std::to_string(*version);
    const auto words = reported.find("ad").as_string().value_or("");
    if (!words.empty()) out += ": " + std::string(words);
    return out;
}

void print_header(base::JsonView twin, std::ostream& out) {
    const base::JsonView properties = twin.find("properties");
    Listing listing;
    listing.add("device", cell(twin.find("deviceId")));
    listing.add("status", cell(twin.find("status")));
    listing.add("connection", cell(twin.find("connectionState")));
    listing.add("model", cell(twin.find("modelId")));
    listing.add("desired version", cell(properties.find("desired").find("$version")));
    listing.add("reported version", cell(properties.find("reported").find("$version")));
    listing.print(out);
}

void print_tags(base::JsonView tags, const Output& output) {
    Table table({"TAG", "VALUE"});
    for (const Leaf& leaf : leaves_of(tags))
        table.add({leaf.path, shortened(cell(leaf.value), widest_cell)});
    if (table.empty()) return;
    output.out << '\n';
    table.print(output);
}

void print_properties(base::JsonView properties, const Output& output) {
    std::vector<Property> all;
    const std::vector<Leaf> reported = leaves_of(properties.find("reported"));
    // What is acknowledged as a whole is desired as a whole, so that both stand in one row.
    std::set<std::string> acknowledged_paths;
    for (const Leaf& leaf : reported) {
        if (is_acknowledgement(leaf.value)) acknowledged_paths.insert(leaf.path);
    }
    for (const Leaf& leaf : leaves_of(properties.find("desired"), acknowledged_paths)) {
        find_or_add(all, leaf.path).desired = shortened(cell(leaf.value), widest_cell);
    }
    for (const Leaf& leaf : reported) {
        Property& property = find_or_add(all, leaf.path);
        const bool acknowledged = is_acknowledgement(leaf.value);
        property.reported =
            shortened(cell(acknowledged ? leaf.value.find("value") : leaf.value), widest_cell);
        if (acknowledged) property.acknowledged = acknowledgement(leaf.value);
    }
    if (all.empty()) return;
    Table table({"PROPERTY", "DESIRED", "REPORTED", "ACKNOWLEDGED"});
    for (auto& property : all) {
        table.add({property.path, property.desired, property.reported, property.acknowledged});
    }
    output.out << '\n';
    table.print(output);
}

}  // namespace

void print_twin(base::JsonView twin, const Output& output) {
    print_header(twin, output.out);
    print_tags(twin.find("tags"), output);
    print_properties(twin.find("properties"), output);
}

}  // namespace cli
