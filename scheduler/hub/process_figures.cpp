#include "scheduler/hub/process_figures.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace hub {

ProcessFigures process_figures() {
    ProcessFigures figures;
    std::ifstream statm("/proc/self/statm");
    std::int64_t pages = 0;
    if (statm >> pages >> pages) figures.resident_bytes = pages * ::sysconf(_SC_PAGESIZE);
    std::error_code error;
    std::filesystem::directory_iterator entries("/proc/self/fd", error);
    // One of them is the directory's own.
    if (!error) figures.descriptors = std::distance(begin(entries), end(entries)) - 1;
    return figures;
}

}  // namespace hub
