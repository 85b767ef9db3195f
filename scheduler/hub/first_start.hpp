#pragma once

#include "base/clock.hpp"
#include "base/file_layer.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/policies.hpp"
#include "scheduler/hub/settings.hpp"

#include <memory>
#include <string>

namespace hub {

// The first start makes what a hub needs and does not have; every later start finds it and makes nothing.
// Each thing that is made is logged, once. Errors say what to do.

// The data directory (0700) and in it the CA and the server's certificate. Errc::permission_denied when
// others may write to the directory or read a file that holds a key, Errc::busy, and nothing changed, when a
// hub runs on the directory.
[[nodiscard]] base::Result<void> prepare_directory(base::FileLayer& files, const std::string& directory,
                                                   const Settings& settings, base::SystemTime now,
                                                   const base::Log& log);

// Whether a hub was made in the directory: for what looks at one, or changes one, and must not make one.
[[nodiscard]] base::Result<void> find_hub(const std::string& directory);

// hub.db, brought up to date.
[[nodiscard]] base::Result<std::unique_ptr<Database>> open_database(const std::string& directory);

// The built-in policies; committed. Then lockctl.json (0600), by which lockctl on this machine finds the hub:
// made when it is missing, and made anew when it no longer says how this hub is reached.
[[nodiscard]] base::Result<void> prepare_access(base::FileLayer& files, const std::string& directory,
                                                const Settings& settings, Database& database,
                                                Policies& policies, const base::Log& log);

// lockctl.json alone.
[[nodiscard]] base::Result<void> write_connection_file(base::FileLayer& files, const std::string& directory,
                                                       const Settings& settings, const Policies& policies,
                                                       const base::Log& log);

}  // namespace hub
