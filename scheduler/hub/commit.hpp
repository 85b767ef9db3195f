#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/hub/database.hpp"

namespace hub {

// Ends the turn. A turn that was taken back is logged, once, with what SQLite said: those who wait are only
// told what helps them.
base::Result<void> commit_and_log(Database& database, const base::Log& log);

}  // namespace hub
