#pragma once

#include "base/result.hpp"
#include "scheduler/http/message.hpp"

#include <string>
#include <string_view>

namespace http {

struct Target {
    std::string path;  // still percent-encoded
    Parameters query;  // decoded
};

// "/devices/a%20b?top=5" → path and parameters. '+' stands for itself, as in RFC 3986. Errors: no leading
// '/', a broken percent sequence in the query, %00.
[[nodiscard]] base::Result<Target> parse_target(std::string_view target);

// The other way round: names and values are percent-encoded, the path is taken as it is.
[[nodiscard]] std::string format_target(std::string_view path, const Parameters& query);

}  // namespace http
