#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

#include <functional>
#include <ostream>

namespace cli {

// Does what the command line asked for.
[[nodiscard]] Outcome run(const Command& command, Context& context);

// A command that went well, and whose output was lost (a full disk), has failed. A reader that has seen
// enough and went away is no mistake: then it ends without a word.
[[nodiscard]] Outcome with_output_written(Outcome outcome, std::ostream& out,
                                          const std::function<bool()>& reader_is_gone);

}  // namespace cli
