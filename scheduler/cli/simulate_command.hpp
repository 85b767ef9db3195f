#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"
#include "scheduler/fleet/door.hpp"

#include <cstddef>

namespace cli {

[[nodiscard]] Outcome run(const Simulate& command, Context& context);

// What door `index` of the fleet is like: the shares are met as nearly as whole doors allow, spread evenly,
// and each door is the same in every run.
[[nodiscard]] fleet::Temper temper_of(std::size_t index, double refusing, double silent);

}  // namespace cli
