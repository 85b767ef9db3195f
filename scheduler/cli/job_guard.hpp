#pragma once

#include "base/result.hpp"
#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

#include <cstdint>
#include <optional>
#include <string>

// What is looked at before a job is created, so that a slip of the pen does not reach ten thousand doors.
namespace cli {

// How many devices a condition means at this moment.
[[nodiscard]] base::Result<std::uint64_t> count_devices(const std::string& condition, Service& service);

// Why the job is not to be created; nothing if it is: a start that is over, a condition that lockhub could
// not read, an option that the hub at hand would ignore, another number of devices than --expect, every
// device without --yes or --expect.
[[nodiscard]] std::optional<Outcome> objection(const JobCreate& job, Context& context);

// What the hub remarks on a job that it has just taken (`answer` is its record): another one that contradicts
// it, for instance. Told on err.
void tell_remark(const std::string& answer, Context& context);

}  // namespace cli
