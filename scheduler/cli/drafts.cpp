#include "scheduler/cli/drafts.hpp"

#include "base/duration.hpp"
#include "scheduler/cli/assignment.hpp"
#include "scheduler/cli/draft_values.hpp"

#include <utility>

namespace cli {

using base::Result;

Result<Command> finish(const ActuateDraft& draft) {
    Actuate command{.target = draft.target, .devices = draft.devices, .command_id = draft.command_id};
    if (!draft.hold.empty()) {
        const auto hold = base::parse_duration(draft.hold);
        if (!hold) return base::with_context(hold.error(), "--for");
        command.hold = *hold;
    }
    const auto times = read_times(draft.times);
    if (!times) return times.error();
    command.times = *times;
    return Command(std::move(command));
}

Result<Command> finish(const EventsDraft& draft) {
    constexpr std::uint64_t most = std::uint64_t{1} << 62;
    Events command{.device = draft.device, .kinds = draft.kinds};
    if (draft.after == "0") {
        command.after = 0;  // everything there is
    } else if (!draft.after.empty()) {
        const auto after = read_count(draft.after, "--after", most);
        if (!after) return after.error();
        command.after = *after;
    }
    if (!draft.count.empty()) {
        const auto count = read_count(draft.count, "--count", most);
        if (!count) return count.error();
        command.count = *count;
    }
    return Command(std::move(command));
}

Result<Command> finish(const InvokeDraft& draft) {
    if (auto valid = check_payload(draft.payload); !valid) return std::move(valid).error();
    const auto times = read_times(draft.times);
    if (!times) return times.error();
    return Command(Invoke{draft.device, draft.method, draft.payload, *times});
}

Result<Command> finish(const TwinDraft& draft) {
    auto patch = parse_assignments(draft.assignments);
    if (!patch) return std::move(patch).error();
    if (draft.tags) return Command(TwinTag{draft.id, std::move(*patch)});
    return Command(TwinSet{draft.id, std::move(*patch)});
}

}  // namespace cli
