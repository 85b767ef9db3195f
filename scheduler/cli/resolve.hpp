#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace cli {

// The addresses that this machine knows of a host, as text, each once. Errc::not_found says why there is
// none.
[[nodiscard]] base::Result<std::vector<std::string>> resolve(const std::string& host);

}  // namespace cli
