#include "scheduler/cli/draft_values.hpp"

#include "base/duration.hpp"
#include "base/json.hpp"

#include <charconv>
#include <utility>

namespace cli {

namespace {

using base::Result;
using std::chrono::seconds;

constexpr seconds least_response{5};  // protocol sheet §2.6
constexpr seconds most_wait{300};
constexpr std::size_t most_payload = 128UL * 1024;

}  // namespace

base::Error wrong(std::string message) {
    return {base::Errc::invalid_argument, std::move(message)};
}

Result<seconds> read_seconds(const std::string& text, const char* option, seconds least, seconds most,
                             seconds fallback) {
    if (text.empty()) return fallback;
    const auto duration = base::parse_duration(text, most);
    if (!duration) return base::with_context(duration.error(), option);
    if (*duration < least || *duration % seconds(1) != std::chrono::milliseconds(0)) {
        return wrong(std::string(option) + ": '" + text + "' must be whole seconds from " +
                     base::format_duration(least) + " to " + base::format_duration(most));
    }
    return std::chrono::duration_cast<seconds>(*duration);
}

Result<std::uint64_t> read_count(const std::string& text, const char* option, std::uint64_t most) {
    std::uint64_t count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem != std::errc() || end != text.data() + text.size() || count == 0 || count > most) {
        return wrong(std::string(option) + ": '" + text + "' must be a whole number from 1 to " +
                     std::to_string(most));
    }
    return count;
}

Result<CallTimes> read_times(const TimesDraft& draft) {
    const CallTimes fallback;
    const auto response =
        read_seconds(draft.response, "--timeout", least_response, most_wait, fallback.response);
    if (!response) return response.error();
    const auto connect =
        read_seconds(draft.connect, "--connect-timeout", seconds(0), most_wait, fallback.connect);
    if (!connect) return connect.error();
    return CallTimes{*response, *connect};
}

Result<void> check_payload(const std::string& payload) {
    if (payload.empty()) return {};
    const auto valid = base::check_json(payload, {.bytes = most_payload});
    if (valid) return {};
    return wrong("--payload: " + valid.error().message +
                 R"( (in a shell, put it into single quotes: '{"lockTime":"10m"}'))");
}

}  // namespace cli
