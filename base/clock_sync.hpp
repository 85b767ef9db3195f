#pragma once

#include <string>

namespace base {

// Whether something keeps the date of this machine right (NTP): the kernel says so (adjtimex(2), without
// STA_UNSYNC), or systemd-timesyncd does, by a file that it makes when it has set the clock since the boot. A
// service whose unit says ProtectClock= may not ask the kernel, and has the file.
[[nodiscard]] bool clock_is_synchronised(
    const std::string& timesyncd_file = "/run/systemd/timesync/synchronized");

}  // namespace base
