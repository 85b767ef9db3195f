#pragma once

#include "base/result.hpp"
#include "scheduler/cli/commands.hpp"

#include <string>
#include <vector>

// Commands as texts, as they stand on the command line, and their reading into values that cannot be wrong.
// Errors name the option.
namespace cli {

struct TimesDraft {
    std::string response;
    std::string connect;
};

struct ActuateDraft {
    Actuate::Target target = Actuate::Target::locked;
    std::vector<std::string> devices;
    std::string hold;
    std::string command_id;
    TimesDraft times;
};

struct InvokeDraft {
    std::string device;
    std::string method;
    std::string payload;
    TimesDraft times;
};

struct TwinDraft {
    bool tags = false;
    std::string id;
    std::vector<std::string> assignments;
};

struct JobDraft {
    std::string id;
    std::string where;
    std::vector<std::string> devices;
    std::string method;
    std::string payload;
    TimesDraft times;
    std::vector<std::string> desired;
    std::vector<std::string> tags;
    std::string at;
    std::string in;
    std::string max_time;
    std::string rate;
    std::string in_flight;
    std::string abort_after;
    std::string waves;
    std::string retry;
    std::string retry_after;
    std::string retry_on;
    std::string expect;
    bool yes = false;
    bool dry_run = false;
    bool wait = false;
};
// The same options; a plan is made of them.
struct PlanDraft : JobDraft {};

struct EventsDraft {
    std::string device;
    std::string kinds;
    std::string after;
    std::string count;
};

struct SimulateDraft {
    std::string count;
    std::string prefix = "sim-";
    std::string building;
    std::string floor;
    std::vector<std::string> tags;
    std::string delay;
    std::string refuse;
    std::string silent;
    std::string duration;
    bool remove = false;
};

[[nodiscard]] base::Result<Command> finish(const EventsDraft& draft);
[[nodiscard]] base::Result<Command> finish(const SimulateDraft& draft);
[[nodiscard]] base::Result<Command> finish(const ActuateDraft& draft);
[[nodiscard]] base::Result<Command> finish(const InvokeDraft& draft);
[[nodiscard]] base::Result<Command> finish(const TwinDraft& draft);
[[nodiscard]] base::Result<Command> finish(const JobDraft& draft);
[[nodiscard]] base::Result<Command> finish(const PlanDraft& draft);

}  // namespace cli
