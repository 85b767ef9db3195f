#include "scheduler/fleet/descriptors.hpp"

#include <sys/resource.h>

#include <string>

namespace fleet {

base::Result<void> allow_connections(std::size_t count) {
    constexpr rlim_t others = 64;
    const rlim_t wanted = static_cast<rlim_t>(count) + others;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};  // then connections will tell
    if (limit.rlim_cur >= wanted) return {};
    const rlim_t most = limit.rlim_max;
    if (most != RLIM_INFINITY && most < wanted) {
        return base::Error{base::Errc::too_large,
                           std::to_string(count) + " connections need " + std::to_string(wanted) +
                               " descriptors, and this process may have " + std::to_string(most) +
                               "; connect fewer devices, or raise the limit (ulimit -Hn)"};
    }
    limit.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
    return base::Error{base::Errc::permission_denied,
                       "the limit on descriptors cannot be raised to " + std::to_string(wanted)};
}

}  // namespace fleet
