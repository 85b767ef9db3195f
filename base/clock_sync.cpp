#include "base/clock_sync.hpp"

#include <sys/timex.h>
#include <unistd.h>

namespace base {

bool clock_is_synchronised(const std::string& timesyncd_file) {
    timex state{};  // no modes: it is read only
    if (adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0) return true;
    return access(timesyncd_file.c_str(), F_OK) == 0;
}

}  // namespace base
