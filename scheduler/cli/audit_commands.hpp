#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/exit.hpp"

namespace cli {

// The hub's log of who commanded what. Only lockhub keeps one; a plain IoT Hub is Exit::refused.
[[nodiscard]] Outcome run(const AuditList& command, Context& context);
// Recomputes the chain of its hashes here, with what the hub sends; Exit::failure when it is broken.
[[nodiscard]] Outcome run(const AuditVerify& command, Context& context);

}  // namespace cli
