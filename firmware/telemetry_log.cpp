#include "firmware/telemetry_log.hpp"

#include "base/json.hpp"
#include "firmware/state_file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace firmware {

namespace {

constexpr std::size_t checksum_digits = 8;
constexpr std::size_t text_begins = 2 + checksum_digits + 1;  // "e 7b52009b {"

std::string record(char kind, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::uint32_t checksum = crc32(text);
    std::string line{kind, ' '};
    for (unsigned shift = 32; shift > 0; shift -= 4)
        line += digits[(checksum >> (shift - 4)) & 15U];
    return line.append(" ").append(text).append("\n");
}

// The text of a whole record; nothing if a bit of it is wrong.
std::optional<std::string_view> intact(std::string_view line) {
    if (line.size() < text_begins || line[1] != ' ' || line[text_begins - 1] != ' ') return std::nullopt;
    const std::string_view digits = line.substr(2, checksum_digits);
    std::uint32_t checksum = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), checksum, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    const std::string_view text = line.substr(text_begins);
    return crc32(text) == checksum ? std::optional(text) : std::nullopt;
}

std::optional<std::uint64_t> number(base::JsonView json, std::string_view name) {
    const auto value = json.find(name).as_integer();
    if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > largest_count) return std::nullopt;
    return static_cast<std::uint64_t>(*value);
}

// The number of an event, behind which another one may come.
std::optional<std::uint64_t> event_number(base::JsonView json, std::string_view name) {
    const auto count = number(json, name);
    return count && *count < largest_count ? count : std::nullopt;
}

bool take_head(base::JsonView json, TelemetryContent& content) {
    const auto id = json.find("id").as_string();
    const auto next = number(json, "next");
    const auto dropped = number(json, "dropped");
    if (!id || !next || !dropped) return false;
    content.id = *id;
    content.next = std::max(content.next, *next);
    content.dropped = *dropped;
    return true;
}

bool take_event(base::JsonView json, std::string_view text, TelemetryContent& content) {
    const auto seq = event_number(json, "seq");
    if (!seq || (!content.waiting.empty() && *seq <= content.waiting.back().number)) return false;
    content.waiting.push_back({*seq, std::string(text)});
    content.next = std::max(content.next, *seq + 1);
    return true;
}

bool take_gone(base::JsonView json, TelemetryContent& content) {
    const auto up_to = event_number(json, "upTo");
    const auto dropped = number(json, "dropped");
    if (!up_to || !dropped) return false;
    auto& waiting = content.waiting;
    waiting.erase(waiting.begin(), std::find_if(waiting.begin(), waiting.end(),
                                                [&](const auto& event) { return event.number > *up_to; }));
    content.next = std::max(content.next, *up_to + 1);
    content.dropped = std::max(content.dropped, *dropped);
    return true;
}

bool take_line(std::string_view line, TelemetryContent& content) {
    const auto text = intact(line);
    if (!text) return false;
    const auto json = base::Json::parse(*text);
    if (!json) return false;
    switch (line.front()) {
        case 'h':
            return take_head(*json, content);
        case 'e':
            return take_event(*json, *text, content);
        case 'a':
            return take_gone(*json, content);
        default:
            return false;
    }
}

}  // namespace

std::string telemetry_head(const std::string& id, std::uint64_t next, std::uint64_t dropped) {
    return record('h', base::Json::object({{"id", id},
                                           {"next", static_cast<std::int64_t>(next)},
                                           {"dropped", static_cast<std::int64_t>(dropped)}})
                           .dump());
}

std::string telemetry_event(std::string_view body) {
    return record('e', body);
}

std::string telemetry_gone(std::uint64_t up_to, std::uint64_t dropped) {
    return record('a', base::Json::object({{"upTo", static_cast<std::int64_t>(up_to)},
                                           {"dropped", static_cast<std::int64_t>(dropped)}})
                           .dump());
}

TelemetryContent parse_telemetry(std::string_view text) {
    TelemetryContent content;
    content.bytes = text.size();
    std::uint64_t damaged_events = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        // A line without its end may be a torn one whose rest happens to fit.
        const bool whole = end != std::string_view::npos;
        text.remove_prefix(whole ? end + 1 : text.size());
        if (whole && !line.empty() && take_line(line, content)) continue;
        content.damaged = true;
        if (line.starts_with('e')) ++damaged_events;
    }
    content.dropped = std::min(content.dropped + damaged_events, largest_count);
    return content;
}

TelemetryFile::TelemetryFile(base::FileLayer& files, std::string directory)
    : files_(files), directory_(std::move(directory)), path_(directory_ + "/telemetry") {}

base::Result<TelemetryContent> TelemetryFile::load() {
    auto bytes = files_.read(path_, longest);
    if (bytes) return parse_telemetry(*bytes);
    if (bytes.error().code == base::Errc::not_found) return TelemetryContent{};
    return std::move(bytes).error();
}

base::Result<void> TelemetryFile::append(std::string_view lines) {
    auto file = files_.append(path_, 0600);
    if (!file) return std::move(file).error();
    if (auto written = (*file)->write(lines); !written) return written;
    return (*file)->sync();
}

base::Result<void> TelemetryFile::replace(std::string_view lines) {
    return base::replace_file(files_, path_, lines, 0600);
}

}  // namespace firmware
