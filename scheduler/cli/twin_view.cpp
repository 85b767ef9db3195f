#include "scheduler/cli/twin_view.hpp"

#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cli {

namespace {

constexpr std::size_t widest_cell = 60;

struct Leaf {
    std::string path;
    base::JsonView value;
};

bool is_acknowledgement(base::JsonView value) {
    return value.is_object() && value.find("value").exists() && value.find("ac").is_number();
}

// The leaves of a section, with their dotted paths, in order. An object that is empty is a leaf as well.
void collect(base::JsonView object, const std::string& prefix, std::vector<Leaf>& leaves) {
    for (const base::JsonView member : object) {
        if (member.name().starts_with('$')) continue;
        const std::string path = prefix + std::string(member.name());
        if (member.is_object() && member.size() > 0 && !is_acknowledgement(member)) {
            collect(member, path + ".", leaves);
        } else {
            leaves.push_back({path, member});
        }
    }
}

std::vector<Leaf> leaves_of(base::JsonView section) {
    std::vector<Leaf> leaves;
    collect(section, "", leaves);
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

void print_tags(base::JsonView tags, std::ostream& out) {
    Table table({"TAG", "VALUE"});
    for (const Leaf& leaf : leaves_of(tags))
        table.add({leaf.path, shortened(cell(leaf.value), widest_cell)});
    if (table.empty()) return;
    out << '\n';
    table.print(out);
}

void print_properties(base::JsonView properties, std::ostream& out) {
    std::vector<Property> all;
    for (const Leaf& leaf : leaves_of(properties.find("desired"))) {
        find_or_add(all, leaf.path).desired = shortened(cell(leaf.value), widest_cell);
    }
    for (const Leaf& leaf : leaves_of(properties.find("reported"))) {
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
    out << '\n';
    table.print(out);
}

}  // namespace

void print_twin(base::JsonView twin, std::ostream& out) {
    print_header(twin, out);
    print_tags(twin.find("tags"), out);
    print_properties(twin.find("properties"), out);
}

}  // namespace cli
