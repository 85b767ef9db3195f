#include "tests/unit/hal/gpiod/fake_kernel.hpp"

#include <unistd.h>

#include <cstdio>

namespace hal::fake {

std::vector<Chip>& chips() {
    static std::vector<Chip> all;
    return all;
}

Chip* find(const std::string& path) {
    for (Chip& chip : chips()) {
        if (chip.path == path) return &chip;
    }
    return nullptr;
}

// An edge is two longs: whether it became active, and when.
void change(Line& line, bool level, long seconds) {
    if (line.level == level) return;
    line.level = level;
    const long edge[2] = {level != line.active_low ? 1 : 0, seconds};
    if (line.edge_writer >= 0 && ::write(line.edge_writer, edge, sizeof edge) != sizeof edge)
        std::perror("edge");
}

}  // namespace hal::fake
