#include "firmware/config_section.hpp"

#include "base/duration.hpp"
#include "base/excerpt.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace firmware {

namespace {

constexpr std::size_t mistakes_most = 100;
constexpr base::JsonLimits limits{.bytes = std::size_t{64} * 1024, .depth = 8, .comments = true};

bool before(const Mistake& a, const Mistake& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
}

// Takes "line 3, column 5: " off a message of the JSON parser.
std::optional<base::TextPosition> take_position(std::string& message) {
    base::TextPosition at;
    int length = 0;
    if (std::sscanf(message.c_str(), "line %zu, column %zu: %n", &at.line, &at.column, &length) != 2 ||
        length == 0) {
        return std::nullopt;
    }
    message.erase(0, static_cast<std::size_t>(length));
    return at;
}

std::string shown(std::string_view raw) {
    return base::excerpt(raw, 40);
}

}  // namespace

void Mistakes::add(std::string_view where, std::string text) {
    if (found_.size() >= mistakes_most) return;
    // Only the whole text is ever parsed with an error: its slices have passed by then.
    const auto told = take_position(text);
    const auto offset = static_cast<std::size_t>(where.data() - text_.data());
    Mistake mistake{told ? *told : base::position_of(text_, offset), std::move(text)};
    const bool known = std::any_of(found_.begin(), found_.end(), [&](const Mistake& other) {
        return !before(other, mistake) && !before(mistake, other) && other.text == mistake.text;
    });
    if (!known) found_.push_back(std::move(mistake));
}

void Mistakes::warn(std::string_view where, std::string text) {
    if (warnings_.size() >= mistakes_most) return;
    const auto offset = static_cast<std::size_t>(where.data() - text_.data());
    warnings_.push_back(Mistake{base::position_of(text_, offset), std::move(text)});
}

std::vector<Mistake> Mistakes::sorted() const {
    std::vector<Mistake> mistakes = found_;
    std::stable_sort(mistakes.begin(), mistakes.end(), before);
    return mistakes;
}

ConfigSection::ConfigSection(std::string_view slice, std::string path, Mistakes& mistakes)
    : slice_(slice), path_(std::move(path)), mistakes_(mistakes) {
    if (slice.empty()) return;
    auto members = base::raw_members(slice, limits);
    if (!members) {
        mistakes_.add(slice, (path_.empty() ? "" : path_ + ": ") + members.error().message);
        return;
    }
    exists_ = true;
    members_ = std::move(*members);
}

std::string ConfigSection::path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

bool ConfigSection::has(std::string_view name) const {
    return base::find_raw(members_, name).has_value();
}

std::optional<std::string_view> ConfigSection::raw(std::string_view name) {
    asked_.emplace(name);
    return base::find_raw(members_, name);
}

std::optional<base::Json> ConfigSection::value(std::string_view name) {
    const auto slice = raw(name);
    if (!slice) return std::nullopt;
    auto json = base::Json::parse(*slice, limits);
    if (!json) {
        complain(name, json.error().message);
        return std::nullopt;
    }
    return std::move(*json);
}

ConfigSection ConfigSection::section(std::string_view name) {
    const auto slice = raw(name);
    if (slice && !slice->starts_with('{')) {
        complain(name, "an object is expected, not " + shown(*slice));
        return ConfigSection({}, path_of(name), mistakes_);
    }
    return ConfigSection(slice.value_or(std::string_view()), path_of(name), mistakes_);
}

std::optional<std::string> ConfigSection::text(std::string_view name) {
    const auto json = value(name);
    if (!json) return std::nullopt;
    const auto text = json->view().as_string();
    if (!text || text->empty()) {
        complain(name, "a text is expected, not " + shown(*raw(name)));
        return std::nullopt;
    }
    return std::string(*text);
}

std::optional<bool> ConfigSection::boolean(std::string_view name) {
    const auto json = value(name);
    if (!json) return std::nullopt;
    const auto boolean = json->view().as_bool();
    if (!boolean) complain(name, "true or false is expected, not " + shown(*raw(name)));
    return boolean;
}

std::optional<std::int64_t> ConfigSection::integer(std::string_view name, std::int64_t least,
                                                   std::int64_t most) {
    const auto json = value(name);
    if (!json) return std::nullopt;
    const auto number = json->view().as_integer();
    if (!number || *number < least || *number > most) {
        complain(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most) +
                           " is expected, not " + shown(*raw(name)));
        return std::nullopt;
    }
    return number;
}

std::optional<std::chrono::milliseconds> ConfigSection::duration(std::string_view name,
                                                                 std::chrono::milliseconds least,
                                                                 std::chrono::milliseconds most) {
    const auto json = value(name);
    if (!json) return std::nullopt;
    const auto text = json->view().as_string();
    const auto time = text ? base::parse_duration(*text)
                           : base::duration_from_seconds(json->view().as_number().value_or(-1));
    if (!time || *time < least || *time > most) {
        complain(name, "a duration from " + base::format_duration(least) + " to " +
                           base::format_duration(most) +
                           " is expected (\"500ms\", \"3s\", \"10m\", or a number of seconds), not " +
                           shown(*raw(name)));
        return std::nullopt;
    }
    return *time;
}

std::optional<std::size_t> ConfigSection::choice(std::string_view name,
                                                 const std::vector<std::string_view>& choices) {
    const auto json = value(name);
    if (!json) return std::nullopt;
    const auto text = json->view().as_string();
    std::string list;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (text == choices[i]) return i;
        list += (i == 0 ? "" : ", ") + std::string(choices[i]);
    }
    complain(name, "one of " + list + " is expected, not " + shown(*raw(name)));
    return std::nullopt;
}

void ConfigSection::complain(std::string_view name, const std::string& what) {
    if (mistakes_.text().empty()) return;
    mistakes_.add(place_of(name), path_of(name) + ": " + what);
}

void ConfigSection::warn(std::string_view name, const std::string& what) {
    if (mistakes_.text().empty()) return;
    mistakes_.warn(place_of(name), path_of(name) + ": " + what);
}

std::string_view ConfigSection::place_of(std::string_view name) const {
    const auto slice = base::find_raw(members_, name);
    return slice ? *slice : slice_.empty() ? mistakes_.text() : slice_;
}

void ConfigSection::finish() {
    for (const base::RawMember& member : members_) {
        if (asked_.contains(member.name)) continue;
        std::string known;
        for (const std::string& name : asked_)
            known += (known.empty() ? "" : ", ") + name;
        complain(member.name, "there is no such setting here; there are: " + known);
    }
}

}  // namespace firmware
