#include "base/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cassert>

namespace base {

void keep_memory_private() {
    // Neither can fail with these arguments.
    [[maybe_unused]] const int undumpable = prctl(PR_SET_DUMPABLE, 0);
    constexpr rlimit none{.rlim_cur = 0, .rlim_max = 0};
    [[maybe_unused]] const int limited = setrlimit(RLIMIT_CORE, &none);
    assert(undumpable == 0 && limited == 0);
}

}  // namespace base
