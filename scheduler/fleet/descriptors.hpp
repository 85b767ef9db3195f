#pragma once

#include "base/result.hpp"

#include <cstddef>

namespace fleet {

// Makes room for so many connections beside what a process has open anyway: raises the soft limit on
// descriptors as far as the hard one allows. The error says what the limit is.
[[nodiscard]] base::Result<void> allow_connections(std::size_t count);

}  // namespace fleet
