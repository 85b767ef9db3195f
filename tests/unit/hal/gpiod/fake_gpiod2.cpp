// What v2.cpp uses of libgpiod 2.x, on fake chips. Linked in the place of the library.
#include "tests/unit/hal/gpiod/fake_kernel.hpp"

#include <fcntl.h>
#include <gpiod.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

struct gpiod_chip {
    hal::fake::Chip* chip;
};
struct gpiod_chip_info {
    hal::fake::Chip* chip;
};
struct gpiod_line_info {
    hal::fake::Line line;
};
struct gpiod_line_settings {
    gpiod_line_direction direction = GPIOD_LINE_DIRECTION_AS_IS;
    gpiod_line_value value = GPIOD_LINE_VALUE_INACTIVE;
    gpiod_line_bias bias = GPIOD_LINE_BIAS_AS_IS;
    gpiod_line_drive drive = GPIOD_LINE_DRIVE_PUSH_PULL;
    bool active_low = false;
    gpiod_line_edge edge = GPIOD_LINE_EDGE_NONE;
};
struct gpiod_line_config {
    unsigned offset = 0;
    gpiod_line_settings settings;
};
struct gpiod_request_config {
    std::string consumer;
};
struct gpiod_line_request {
    hal::fake::Line* line;
    int reader;
};
struct gpiod_edge_event {
    long active;
    long seconds;
};
struct gpiod_edge_event_buffer {
    std::vector<gpiod_edge_event> events;
};

extern "C" {

gpiod_chip* gpiod_chip_open(const char* path) {
    hal::fake::Chip* chip = hal::fake::find(path);
    errno = chip == nullptr ? ENOENT : chip->open_error;
    return errno != 0 ? nullptr : new gpiod_chip{chip};
}
void gpiod_chip_close(gpiod_chip* chip) {
    delete chip;
}
gpiod_chip_info* gpiod_chip_get_info(gpiod_chip* chip) {
    return new gpiod_chip_info{chip->chip};
}
void gpiod_chip_info_free(gpiod_chip_info* info) {
    delete info;
}
const char* gpiod_chip_info_get_name(gpiod_chip_info* info) {
    return info->chip->name.c_str();
}
const char* gpiod_chip_info_get_label(gpiod_chip_info* info) {
    return info->chip->label.c_str();
}
size_t gpiod_chip_info_get_num_lines(gpiod_chip_info* info) {
    return info->chip->lines.size();
}
gpiod_line_info* gpiod_chip_get_line_info(gpiod_chip* chip, unsigned int offset) {
    errno = EINVAL;
    return offset < chip->chip->lines.size() ? new gpiod_line_info{chip->chip->lines[offset]} : nullptr;
}
void gpiod_line_info_free(gpiod_line_info* info) {
    delete info;
}
const char* gpiod_line_info_get_name(gpiod_line_info* info) {
    return info->line.name.empty() ? nullptr : info->line.name.c_str();
}
bool gpiod_line_info_is_used(gpiod_line_info* info) {
    return info->line.held;
}
const char* gpiod_line_info_get_consumer(gpiod_line_info* info) {
    return info->line.consumer.empty() ? nullptr : info->line.consumer.c_str();
}
gpiod_line_direction gpiod_line_info_get_direction(gpiod_line_info* info) {
    return info->line.output ? GPIOD_LINE_DIRECTION_OUTPUT : GPIOD_LINE_DIRECTION_INPUT;
}
bool gpiod_line_info_is_active_low(gpiod_line_info* info) {
    return info->line.active_low;
}

gpiod_line_settings* gpiod_line_settings_new(void) {
    return new gpiod_line_settings;
}
void gpiod_line_settings_free(gpiod_line_settings* settings) {
    delete settings;
}
int gpiod_line_settings_set_direction(gpiod_line_settings* settings, gpiod_line_direction direction) {
    settings->direction = direction;
    return 0;
}
int gpiod_line_settings_set_output_value(gpiod_line_settings* settings, gpiod_line_value value) {
    settings->value = value;
    return 0;
}
int gpiod_line_settings_set_bias(gpiod_line_settings* settings, gpiod_line_bias bias) {
    settings->bias = bias;
    return 0;
}
int gpiod_line_settings_set_drive(gpiod_line_settings* settings, gpiod_line_drive drive) {
    settings->drive = drive;
    return 0;
}
void gpiod_line_settings_set_active_low(gpiod_line_settings* settings, bool active_low) {
    settings->active_low = active_low;
}
int gpiod_line_settings_set_edge_detection(gpiod_line_settings* settings, gpiod_line_edge edge) {
    settings->edge = edge;
    return 0;
}
int gpiod_line_settings_set_event_clock(gpiod_line_settings*, gpiod_line_clock clock) {
    errno = EINVAL;
    return clock == GPIOD_LINE_CLOCK_MONOTONIC ? 0 : -1;
}
gpiod_line_config* gpiod_line_config_new(void) {
    return new gpiod_line_config;
}
void gpiod_line_config_free(gpiod_line_config* config) {
    delete config;
}
int gpiod_line_config_add_line_settings(gpiod_line_config* config, const unsigned int* offsets, size_t count,
                                        gpiod_line_settings* settings) {
    errno = EINVAL;
    if (count != 1) return -1;
    *config = {*offsets, *settings};
    return 0;
}
gpiod_request_config* gpiod_request_config_new(void) {
    return new gpiod_request_config;
}
void gpiod_request_config_free(gpiod_request_config* config) {
    delete config;
}
void gpiod_request_config_set_consumer(gpiod_request_config* config, const char* consumer) {
    config->consumer = consumer;
}

gpiod_line_request* gpiod_chip_request_lines(gpiod_chip* chip, gpiod_request_config* how,
                                             gpiod_line_config* lines) {
    hal::fake::Line& pin = chip->chip->lines[lines->offset];
    const gpiod_line_settings& settings = lines->settings;
    errno = pin.held ? EBUSY : pin.request_error;
    if (errno != 0) return nullptr;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return nullptr;
    pin.held = true;
    pin.consumer = how->consumer;
    pin.active_low = settings.active_low;
    pin.bias = settings.bias == GPIOD_LINE_BIAS_PULL_UP ? 1 : 0;
    pin.drive = settings.drive == GPIOD_LINE_DRIVE_OPEN_DRAIN ? 1 : 0;
    pin.output = settings.direction == GPIOD_LINE_DIRECTION_OUTPUT;
    pin.edge_writer = ends[1];
    if (pin.output) {
        pin.wave.push_back((settings.value == GPIOD_LINE_VALUE_ACTIVE) != pin.active_low);
        pin.level = pin.wave.back();
    }
    return new gpiod_line_request{&pin, ends[0]};
}
void gpiod_line_request_release(gpiod_line_request* request) {
    request->line->held = false;
    request->line->consumer.clear();
    ::close(std::exchange(request->line->edge_writer, -1));
    ::close(request->reader);
    delete request;
}
int gpiod_line_request_set_value(gpiod_line_request* request, unsigned int, gpiod_line_value value) {
    hal::fake::Line& pin = *request->line;
    errno = pin.set_error;
    if (errno != 0) return -1;
    pin.wave.push_back((value == GPIOD_LINE_VALUE_ACTIVE) != pin.active_low);
    pin.level = pin.wave.back();
    return 0;
}
gpiod_line_value gpiod_line_request_get_value(gpiod_line_request* request, unsigned int) {
    errno = request->line->set_error;
    if (errno != 0) return GPIOD_LINE_VALUE_ERROR;
    return request->line->level != request->line->active_low ? GPIOD_LINE_VALUE_ACTIVE
                                                             : GPIOD_LINE_VALUE_INACTIVE;
}
int gpiod_line_request_get_fd(gpiod_line_request* request) {
    return request->reader;
}
gpiod_edge_event_buffer* gpiod_edge_event_buffer_new(size_t) {
    return new gpiod_edge_event_buffer;
}
void gpiod_edge_event_buffer_free(gpiod_edge_event_buffer* buffer) {
    delete buffer;
}
int gpiod_line_request_read_edge_events(gpiod_line_request* request, gpiod_edge_event_buffer* buffer,
                                        size_t most) {
    buffer->events.clear();
    gpiod_edge_event event{};
    while (buffer->events.size() < most && ::read(request->reader, &event, sizeof event) == sizeof event)
        buffer->events.push_back(event);
    errno = EAGAIN;
    return buffer->events.empty() ? -1 : static_cast<int>(buffer->events.size());
}
gpiod_edge_event* gpiod_edge_event_buffer_get_event(gpiod_edge_event_buffer* buffer, unsigned long index) {
    return &buffer->events[index];
}
uint64_t gpiod_edge_event_get_timestamp_ns(gpiod_edge_event* event) {
    return static_cast<uint64_t>(event->seconds) * 1'000'000'000U;
}
gpiod_edge_event_type gpiod_edge_event_get_event_type(gpiod_edge_event* event) {
    return event->active != 0 ? GPIOD_EDGE_EVENT_RISING_EDGE : GPIOD_EDGE_EVENT_FALLING_EDGE;
}
const char* gpiod_api_version(void) {
    return "2.fake";
}

}  // extern "C"
