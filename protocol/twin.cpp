#include "protocol/twin.hpp"

#include "protocol/base64.hpp"
#include "protocol/utf8.hpp"

#include <array>
#include <cmath>
#include <unordered_map>

namespace protocol {
namespace {

using base::Json;
using base::JsonView;

// What stands beside the plain members at the top of a section.
bool is_beside(std::string_view name) {
    return name == "$version" || name == "$metadata";
}

// The members of an object by name. A list of thousands would make merging quadratic.
class Members {
  public:
    explicit Members(JsonView object) : object_(object) {
        constexpr std::size_t few = 16;
        if (object.size() <= few) return;
        for (const JsonView member : object)
            by_name_.emplace(member.name(), member);
    }

    [[nodiscard]] JsonView find(std::string_view name) const {
        if (by_name_.empty()) return object_.find(name);
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? JsonView() : found->second;
    }

  private:
    JsonView object_;
    std::unordered_map<std::string_view, JsonView> by_name_;
};

// ---- check ----

struct Problem {
    std::string path;  // below the value that was asked about: ".lock.note", "[3]"
    std::string text;
};

bool is_white_space(char32_t c) {
    return c == U' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

std::optional<std::string> check_key(std::string_view key) {
    if (key.empty()) return "a property name is empty";
    if (key.size() > max_twin_key) {
        return "the property name has " + std::to_string(key.size()) + " bytes; at most " +
               std::to_string(max_twin_key) + " are allowed";
    }
    while (!key.empty()) {
        const char32_t point = take_code_point(key);
        if (point == U'.' || point == U'$' || point == U'#') {
            return "the property name holds '" + std::string(1, static_cast<char>(point)) +
                   "'; '.', '$', '#', white space and control characters are not allowed";
        }
        if (is_white_space(point)) return "the property name holds white space, which is not allowed";
        if (is_control(point)) return "the property name holds a control character, which is not allowed";
    }
    return std::nullopt;
}

std::optional<std::string> check_scalar(JsonView value, bool in_array) {
    if (value.is_null() && in_array) return "null is not allowed inside an array";
    if (const auto text = value.as_string(); text && text->size() > max_twin_string) {
        return "the string has " + std::to_string(text->size()) + " bytes; at most " +
               std::to_string(max_twin_string) + " are allowed";
    }
    if (const auto number = value.as_number(); number && std::trunc(*number) == *number) {
        if (*number < static_cast<double>(min_twin_integer) ||
            *number > static_cast<double>(max_twin_integer)) {
            return "integers must lie between " + std::to_string(min_twin_integer) + " and " +
                   std::to_string(max_twin_integer);
        }
    }
    return std::nullopt;
}

std::string shorten(std::string_view key) {
    constexpr std::size_t most = 64;
    return key.size() <= most ? std::string(key) : std::string(key.substr(0, most)) + "…";
}

std::optional<Problem> check_value(JsonView value, int depth, bool in_array);

std::optional<Problem> check_children(JsonView parent, int depth, bool in_array, bool skip_beside) {
    std::size_t index = 0;
    for (const JsonView child : parent) {
        const bool named = parent.is_object();
        const std::string_view name = child.name();
        if (named && skip_beside && is_beside(name)) continue;
        std::optional<Problem> problem;
        if (named) {
            if (auto bad = check_key(name)) problem = Problem{{}, *std::move(bad)};
        }
        if (!problem) problem = check_value(child, depth, in_array || parent.is_array());
        if (problem) {
            problem->path.insert(0, named ? "." + shorten(name) : "[" + std::to_string(index) + "]");
            return problem;
        }
        ++index;
    }
    return std::nullopt;
}

std::optional<Problem> check_value(JsonView value, int depth, bool in_array) {
    if (!value.is_object() && !value.is_array()) {
        if (auto bad = check_scalar(value, in_array)) return Problem{{}, *std::move(bad)};
        return std::nullopt;
    }
    if (depth > max_twin_depth) {
        return Problem{{}, "nested deeper than " + std::to_string(max_twin_depth) + " levels"};
    }
    return check_children(value, depth + 1, in_array, false);
}

// ---- merge ----

Json merge_objects(JsonView current, JsonView patch, bool top);

Json merged_value(JsonView current, JsonView patch) {
    if (!patch.is_object()) return Json(patch);
    return merge_objects(current.is_object() ? current : JsonView(), patch, false);
}

Json merge_objects(JsonView current, JsonView patch, bool top) {
    const Members changes(patch);
    const Members old(current);
    Json merged = Json::object();
    for (const JsonView member : current) {
        const JsonView change = changes.find(member.name());
        if (!change.exists() || (top && is_beside(member.name()))) {
            merged.add(member.name(), Json(member));
        } else if (!change.is_null()) {
            merged.add(member.name(), merged_value(member, change));
        }
    }
    for (const JsonView change : patch) {
        const bool ignored = change.is_null() || (top && is_beside(change.name()));
        if (ignored || old.find(change.name()).exists()) continue;
        merged.add(change.name(), merged_value({}, change));
    }
    return merged;
}

// ---- size ----

std::size_t size_of_text(std::string_view text) {
    std::size_t size = 0;
    while (!text.empty()) {
        const std::size_t before = text.size();
        if (!is_control(take_code_point(text))) size += before - text.size();
    }
    return size;
}

std::size_t size_of(JsonView value, bool top) {
    if (value.is_number()) return 8;
    if (value.is_bool()) return 4;
    if (const auto text = value.as_string()) return size_of_text(*text);
    std::size_t size = 0;
    for (const JsonView child : value) {
        if (top && is_beside(child.name())) continue;
        size += size_of_text(child.name()) + size_of(child, false);
    }
    return size;
}

// ---- metadata ----

struct Stamp {
    std::string_view time_text;
    std::optional<std::int64_t> version;
};

Json stamped(const Stamp& stamp) {
    Json entry = Json::object();
    entry.add("$lastUpdated", stamp.time_text);
    if (stamp.version) entry.add("$lastUpdatedVersion", *stamp.version);
    return entry;
}

Json merge_entries(JsonView entries, JsonView patch, const Stamp& stamp, bool top) {
    const Members changes(patch);
    const Members old(entries);
    const auto changed = [&stamp](JsonView entry, JsonView change) {
        return change.is_object() ? merge_entries(entry, change, stamp, false) : stamped(stamp);
    };
    Json merged = stamped(stamp);
    for (const JsonView entry : entries) {
        const std::string_view name = entry.name();
        if (name.starts_with('$')) continue;
        const JsonView change = changes.find(name);
        if (!change.exists()) {
            merged.add(name, Json(entry));
        } else if (!change.is_null()) {
            merged.add(name, changed(entry, change));
        }
    }
    for (const JsonView change : patch) {
        const bool ignored = change.is_null() || (top && is_beside(change.name()));
        if (!ignored && !old.find(change.name()).exists()) merged.add(change.name(), changed({}, change));
    }
    return merged;
}

}  // namespace

std::string_view section_name(Section section) {
    switch (section) {
        case Section::tags:
            return "tags";
        case Section::desired:
            return "desired";
        case Section::reported:
            break;
    }
    return "reported";
}

std::size_t section_limit(Section section) {
    constexpr std::size_t kib = 1024;
    return section == Section::tags ? 8 * kib : 32 * kib;
}

base::Result<void> check_section(JsonView patch, Section section) {
    const std::string name(section_name(section));
    if (!patch.is_object()) {
        return base::Error{base::Errc::invalid_argument, name + ": must be a JSON object"};
    }
    if (auto problem = check_children(patch, 1, false, section != Section::reported)) {
        return base::Error{base::Errc::invalid_argument, name + problem->path + ": " + problem->text};
    }
    return {};
}

Json merge(JsonView current, JsonView patch) {
    return merge_objects(current, patch, true);
}

std::size_t section_size(JsonView section) {
    return size_of(section, true);
}

base::Result<void> check_section_size(JsonView section, Section which) {
    const std::size_t size = section_size(section);
    if (size <= section_limit(which)) return {};
    return base::Error{base::Errc::too_large, std::string(section_name(which)) + ": " + std::to_string(size) +
                                                  " bytes; at most " + std::to_string(section_limit(which)) +
                                                  " are allowed"};
}

Json merge_metadata(JsonView metadata, JsonView patch, std::string_view time_text,
                    std::optional<std::int64_t> version) {
    return merge_entries(metadata, patch, {.time_text = time_text, .version = version}, true);
}

std::string etag_text(std::uint64_t counter) {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>((counter >> (56U - 8U * i)) & 0xffU);
    return encode_base64({bytes.data(), bytes.size()});
}

}  // namespace protocol
