#include "base/private_memory.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

namespace base {
namespace {

[[noreturn]] void be_private_and_tell() {
    keep_memory_private();
    rlimit cores{};
    const bool known = getrlimit(RLIMIT_CORE, &cores) == 0;
    const bool none = known && cores.rlim_cur == 0 && cores.rlim_max == 0;
    std::_Exit(none && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
}

// In a process of its own: it cannot be taken back.
TEST(PrivateMemoryDeathTest, IsInNoCoreFileAndForNobodyElse) {
    EXPECT_EXIT(be_private_and_tell(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace base
