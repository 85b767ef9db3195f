#include "base/duration.hpp"
#include "protocol/device_id.hpp"
#include "scheduler/cli/assignment.hpp"
#include "scheduler/cli/draft_values.hpp"
#include "scheduler/cli/drafts.hpp"
#include "scheduler/cli/simulated_devices.hpp"

#include <charconv>
#include <utility>

namespace cli {

namespace {

using base::Result;

// "5%" → 0.05.
Result<double> read_share(const std::string& text, const char* option) {
    if (text.empty()) return 0.0;
    double percent = 0;
    const char* const last = text.data() + text.size() - 1;
    const auto [end, problem] = std::from_chars(text.data(), last, percent);
    if (*last != '%' || problem != std::errc() || end != last || !(percent >= 0 && percent <= 100)) {
        return wrong(std::string(option) + ": '" + text + "' must be a share from 0% to 100%, as 5%");
    }
    return percent / 100;
}

Result<base::Json> read_tags(const SimulateDraft& draft) {
    std::vector<std::string> assignments = draft.tags;
    if (!draft.building.empty()) assignments.push_back("building=" + draft.building);
    if (!draft.floor.empty()) assignments.push_back("floor=" + draft.floor);
    if (assignments.empty()) return base::Json::object();
    return parse_assignments(assignments);
}

}  // namespace

Result<Command> finish(const SimulateDraft& draft) {
    constexpr std::chrono::seconds longest_delay{60};
    Simulate command{.prefix = draft.prefix, .remove = draft.remove};
    if (!draft.count.empty()) {
        const auto count = read_count(draft.count, "--count", most_simulated);
        if (!count) return count.error();
        command.count = *count;
    }
    if (draft.prefix.empty()) return wrong("--prefix: it is empty; the ids of real doors would be in reach");
    if (const auto valid = protocol::check_device_id(draft.prefix + "00001"); !valid) {
        return base::with_context(valid.error(), "--prefix");
    }
    auto tags = read_tags(draft);
    if (!tags) return std::move(tags).error();
    command.tags = std::move(*tags);
    if (!draft.delay.empty()) {
        const auto delay = base::parse_duration(draft.delay, longest_delay);
        if (!delay) return base::with_context(delay.error(), "--delay");
        command.delay = *delay;
    }
    const auto refusing = read_share(draft.refuse, "--refuse");
    if (!refusing) return refusing.error();
    const auto silent = read_share(draft.silent, "--silent");
    if (!silent) return silent.error();
    if (*refusing + *silent > 1) return wrong("--refuse and --silent: together they are more than 100%");
    command.refusing = *refusing;
    command.silent = *silent;
    if (!draft.duration.empty()) {
        const auto duration = base::parse_duration(draft.duration);
        if (!duration) return base::with_context(duration.error(), "--for");
        command.duration = *duration;
    }
    return Command(std::move(command));
}

}  // namespace cli
