#pragma once

#include "base/clock.hpp"
#include "firmware/config.hpp"
#include "firmware/config_section.hpp"

#include <string>

namespace firmware {

// Section connection: how the hub is reached and what the door proves itself with. No file is opened.
void read_connection(ConfigSection connection, const std::string& directory, Config& config);

// What the files hold that the settings of the connection name: the connection string, its key, certificates.
// Secrets are refused when others may read them; of what has ended by `now` there is a warning, for the clock
// of a door may be wrong.
void read_connection_files(ConfigSection connection, Config& config, base::SystemTime now);

}  // namespace firmware
