#include "scheduler/jobs/conflicts.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "scheduler/jobs/core.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace jobs {
namespace {

// What one request may cost: jobs compared with, and of those that have not started, conditions evaluated.
constexpr std::size_t most_compared = 64;
constexpr int most_evaluated = 16;
// What one message may tell.
constexpr int most_told = 5;
constexpr std::uint64_t most_named = 3;
constexpr base::JsonLimits limits{.bytes = std::size_t{1024} * 1024};

// The payload without its commandId: the object itself, or the one that a string contains.
base::Json stripped(std::string_view payload) {
    auto json = base::Json::parse(payload, limits);
    if (!json) return {};
    if (const auto text = json->view().as_string()) {
        if (auto inside = base::Json::parse(*text, limits); inside && inside->is_object()) json = inside;
    }
    if (json->is_object()) json->erase("commandId");
    return std::move(*json);
}

// It only tells how the door is.
bool moves_nothing(const MethodAction& call) {
    return call.name == "getStatus";
}

bool patches_contradict(base::JsonView one, base::JsonView other) {
    if (!one.exists() || !other.exists()) return false;
    if (!one.is_object() || !other.is_object()) return !one.equals(other);
    return std::any_of(one.begin(), base::JsonView::end(), [&other](base::JsonView member) {
        return patches_contradict(member, other.find(member.name()));
    });
}

struct Shared {
    std::uint64_t count = 0;
    std::string names;  // of the first few

    void add(const std::string& device_id) {
        if (count++ < most_named) names += (names.empty() ? "" : ", ") + device_id;
    }
};

std::string describe(const Job& other, const Shared& shared) {
    return "conflicts with job '" + other.id + "' (" + std::string(to_text(other.status)) + ", until " +
           base::format_iso8601(other.deadline()).substr(0, 19) + "Z) on " + std::to_string(shared.count) +
           (shared.count == 1 ? " device: " : " devices: ") + shared.names +
           (shared.count > most_named ? ", …" : "");
}

}  // namespace

bool overlap(const Job& one, const Job& other) {
    return one.start_time < other.deadline() && other.start_time < one.deadline();
}

bool contradict(const Action& one, const Action& other) {
    const auto* call = std::get_if<MethodAction>(&one);
    const auto* other_call = std::get_if<MethodAction>(&other);
    if (call != nullptr && other_call != nullptr) {
        if (moves_nothing(*call) || moves_nothing(*other_call)) return false;
        return call->name != other_call->name ||
               !stripped(call->payload).view().equals(stripped(other_call->payload));
    }
    if (call != nullptr || other_call != nullptr) return false;
    const auto patch = base::Json::parse(std::get<TwinAction>(one).update_twin, limits);
    const auto other_patch = base::Json::parse(std::get<TwinAction>(other).update_twin, limits);
    if (!patch || !other_patch) return false;
    return patches_contradict(patch->find("tags"), other_patch->find("tags")) ||
           patches_contradict(patch->find("properties").find("desired"),
                              other_patch->find("properties").find("desired"));
}

// A sentence for each job that the new one contradicts; empty if none. A condition that cannot be evaluated
// now is not compared: it fails its own job, or does so later.
std::string JobRunner::Core::conflicts_of(const Job& job) {
    std::vector<const ActiveJob*> rivals;
    for (const auto& [id, other] : jobs_) {
        if (rivals.size() == most_compared) break;
        if (!other.stopped() && overlap(job, other.job()) && contradict(job.action, other.job().action)) {
            rivals.push_back(&other);
        }
    }
    if (rivals.empty()) return {};
    auto devices = targets_.targets(job.condition);
    if (!devices) return {};
    std::sort(devices->begin(), devices->end());

    std::string sentences;
    int evaluated = 0;
    int told = 0;
    for (const ActiveJob* rival : rivals) {
        const Job& other = rival->job();
        Shared shared;
        if (other.status == JobStatus::running) {
            for (const std::string& device : *devices) {
                if (rival->has_open(device)) shared.add(device);
            }
        } else if (evaluated++ < most_evaluated) {
            auto theirs = targets_.targets(other.condition);
            if (!theirs) continue;
            std::sort(theirs->begin(), theirs->end());
            for (const std::string& device : *theirs) {
                if (std::binary_search(devices->begin(), devices->end(), device)) shared.add(device);
            }
        }
        if (shared.count == 0) continue;
        if (told++ == most_told) return sentences + "; and with further jobs";
        if (!sentences.empty()) sentences += "; ";
        sentences += describe(other, shared);
    }
    return sentences;
}

}  // namespace jobs
