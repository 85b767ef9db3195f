#pragma once

#include "scheduler/hub/settings.hpp"

#include <string>
#include <vector>

namespace hub {

// What the words of lockhub's command line do. Each prints its answer, or one sentence on stderr, and gives
// the exit status of the program.

struct ProgramOptions {
    std::string directory;  // of database, keys and certificates
    SettingsGiven settings;
    std::string log_level = "info";
    long token_grace = 300;  // seconds
};

// Serves until SIGTERM or SIGINT.
[[nodiscard]] int run_hub(const ProgramOptions& given);
// Everything a first start makes, without opening a port.
[[nodiscard]] int initialize(const ProgramOptions& given);

// A command of AdminCommands: by the running hub, or, when none holds the data directory, directly.
[[nodiscard]] int administrate(const ProgramOptions& given, const std::vector<std::string>& words);
// The same with what this file holds as the last word.
[[nodiscard]] int administrate_with_file(const ProgramOptions& given, std::vector<std::string> words,
                                         const std::string& file);
// `x509`: empty, "ca", a thumbprint, or the name of a certificate's file.
[[nodiscard]] int add_device(const ProgramOptions& given, const std::string& id, const std::string& x509);

// These read the directory themselves, whether a hub runs or not.
[[nodiscard]] int back_up(const ProgramOptions& given, const std::string& file);
[[nodiscard]] int check(const ProgramOptions& given);
[[nodiscard]] int show_ca(const ProgramOptions& given);

}  // namespace hub
