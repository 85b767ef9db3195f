#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hub {

// Copies the database as it stands now to `target` (0600), whether a hub runs on it or not: writes beside it,
// syncs, and only then takes the name, so that there is a whole copy or none. Blocks for as long as the disk
// takes; a running hub goes on. Does not touch a file that is there: already_exists.
// Its size in bytes. `files` is the layer over the disk on which SQLite keeps its files.
[[nodiscard]] base::Result<std::int64_t> back_up_database(base::FileLayer& files, const std::string& database,
                                                          const std::string& target);

// What is wrong with the database, a sentence each: damage that SQLite sees, a schema that is not this
// program's, references and rows that lead nowhere, totals that do not add up. Reads only; a running hub goes
// on. An error if it cannot be looked at.
[[nodiscard]] base::Result<std::vector<std::string>> check_database(const std::string& database);

}  // namespace hub
