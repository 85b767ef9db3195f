// What v1.cpp uses of libgpiod 1.x, on fake chips. Linked in the place of the library.
#include "tests/unit/hal/gpiod/fake_kernel.hpp"

#include <fcntl.h>
#include <gpiod.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <utility>

struct gpiod_line {
    hal::fake::Line* line = nullptr;
    int reader = -1;
    bool ours = false;
};
struct gpiod_chip {
    hal::fake::Chip* chip = nullptr;
    std::deque<gpiod_line> lines;
};

extern "C" {

gpiod_chip* gpiod_chip_open(const char* path) {
    hal::fake::Chip* chip = hal::fake::find(path);
    errno = chip == nullptr ? ENOENT : chip->open_error;
    if (chip == nullptr || chip->open_error != 0) return nullptr;
    auto* opened = new gpiod_chip{chip, {}};
    for (hal::fake::Line& line : chip->lines)
        opened->lines.push_back({&line});
    return opened;
}

void gpiod_chip_close(gpiod_chip* chip) {
    for (gpiod_line& line : chip->lines) {
        if (!line.ours) continue;
        line.line->held = false;
        line.line->consumer.clear();
        if (line.reader >= 0) ::close(line.reader);
        if (line.line->edge_writer >= 0) ::close(std::exchange(line.line->edge_writer, -1));
    }
    delete chip;
}

const char* gpiod_chip_name(gpiod_chip* chip) {
    return chip->chip->name.c_str();
}
const char* gpiod_chip_label(gpiod_chip* chip) {
    return chip->chip->label.c_str();
}
unsigned int gpiod_chip_num_lines(gpiod_chip* chip) {
    return static_cast<unsigned>(chip->lines.size());
}
gpiod_line* gpiod_chip_get_line(gpiod_chip* chip, unsigned int offset) {
    errno = EINVAL;
    return offset < chip->lines.size() ? &chip->lines[offset] : nullptr;
}
const char* gpiod_line_name(gpiod_line* line) {
    return line->line->name.empty() ? nullptr : line->line->name.c_str();
}
const char* gpiod_line_consumer(gpiod_line* line) {
    return line->line->consumer.empty() ? nullptr : line->line->consumer.c_str();
}
bool gpiod_line_is_used(gpiod_line* line) {
    return line->line->held;
}
int gpiod_line_direction(gpiod_line* line) {
    return line->line->output ? GPIOD_LINE_DIRECTION_OUTPUT : GPIOD_LINE_DIRECTION_INPUT;
}
int gpiod_line_active_state(gpiod_line* line) {
    return line->line->active_low ? GPIOD_LINE_ACTIVE_STATE_LOW : GPIOD_LINE_ACTIVE_STATE_HIGH;
}

int gpiod_line_request(gpiod_line* line, const gpiod_line_request_config* config, int value) {
    hal::fake::Line& pin = *line->line;
    errno = pin.held ? EBUSY : pin.request_error;
    if (errno != 0) return -1;
    pin.held = line->ours = true;
    pin.consumer = config->consumer;
    pin.active_low = (config->flags & GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW) != 0;
    pin.bias = (config->flags & GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP) != 0 ? 1 : 0;
    pin.drive = (config->flags & GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN) != 0 ? 1 : 0;
    pin.output = config->request_type == GPIOD_LINE_REQUEST_DIRECTION_OUTPUT;
    if (pin.output) {
        pin.wave.push_back((value != 0) != pin.active_low);
        pin.level = pin.wave.back();
        return 0;
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    line->reader = ends[0];
    pin.edge_writer = ends[1];
    return 0;
}

int gpiod_line_set_value(gpiod_line* line, int value) {
    errno = line->line->set_error;
    if (errno != 0) return -1;
    line->line->wave.push_back((value != 0) != line->line->active_low);
    line->line->level = line->line->wave.back();
    return 0;
}
int gpiod_line_get_value(gpiod_line* line) {
    errno = line->line->set_error;
    if (errno != 0) return -1;
    return line->line->level != line->line->active_low ? 1 : 0;
}
int gpiod_line_event_get_fd(gpiod_line* line) {
    return line->reader;
}
int gpiod_line_event_read_fd_multiple(int fd, gpiod_line_event* events, unsigned int count) {
    unsigned int read = 0;
    long edge[2];
    while (read < count && ::read(fd, edge, sizeof edge) == sizeof edge) {
        events[read].event_type = edge[0] != 0 ? GPIOD_LINE_EVENT_RISING_EDGE : GPIOD_LINE_EVENT_FALLING_EDGE;
        events[read].ts = {edge[1], 0};
        ++read;
    }
    errno = EAGAIN;
    return read == 0 ? -1 : static_cast<int>(read);
}
const char* gpiod_version_string(void) {
    return "1.fake";
}

}  // extern "C"
