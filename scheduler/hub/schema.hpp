#pragma once

#include "base/result.hpp"

#include <cstdint>

struct sqlite3;

namespace hub {

// Brings a database's tables to the form that this program knows: makes them in an empty file, takes an older
// file forward step by step, each step in a transaction of its own. Errc::conflict, and nothing changed, for
// a newer form or a file that is not a hub's.
[[nodiscard]] base::Result<void> migrate(sqlite3* database);
// The number of that form.
[[nodiscard]] std::int64_t schema_version();

}  // namespace hub
