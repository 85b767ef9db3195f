#pragma once

#include <string>
#include <vector>

namespace hal::fake {

// One line of a chip. Levels are those of the pin: true is high.
struct Line {
    std::string name{};
    std::string consumer{};  // who holds it; empty: nobody
    bool held = false;
    bool output = false;
    bool active_low = false;
    int bias = -1;             // as the library was asked, in its own numbers; -1: not
    int drive = -1;            // likewise
    std::vector<bool> wave{};  // every level that was driven, in order
    bool level = false;
    int request_error = 0;  // errno of the next request
    int set_error = 0;      // errno of every set
    int edge_writer = -1;   // of the pipe behind the line's edges
};

struct Chip {
    std::string path{};
    std::string name{};
    std::string label{};
    int open_error = 0;
    std::vector<Line> lines{};
};

// The chips behind the libgpiod that is linked in the library's place: its functions work on these.
std::vector<Chip>& chips();

[[nodiscard]] Chip* find(const std::string& path);
// Changes the level of an input and tells its holder; the time of the edge is `seconds`.
void change(Line& line, bool level, long seconds);

}  // namespace hal::fake
