#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace cli {

// A script for bash, zsh or fish that completes the commands and options of `app`, which it lists.
[[nodiscard]] std::string completion_script(const CLI::App& app, std::string_view shell);

}  // namespace cli
