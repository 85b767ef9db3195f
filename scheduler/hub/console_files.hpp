#pragma once

#include <span>
#include <string_view>

namespace hub {

// A file of the web console, as it stands in console/; inside the program since it was built.
struct ConsoleFile {
    std::string_view name;          // "main.js"
    std::string_view content_type;  // for the header
    std::string_view etag;          // of its bytes, with the quotes
    std::string_view body;
};

[[nodiscard]] std::span<const ConsoleFile> console_files();

}  // namespace hub
