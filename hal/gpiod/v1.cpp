// libgpiod 1.x: speaks version 1 of the kernel's interface. Lines are released when their chip is closed.
#include "hal/descriptor.hpp"
#include "hal/gpiod/adopted_line.hpp"
#include "hal/gpiod/backend.hpp"
#include "hal/gpiod/chips.hpp"

#include <fcntl.h>
#include <gpiod.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace hal {

namespace {

struct CloseChip {
    void operator()(gpiod_chip* chip) const { gpiod_chip_close(chip); }
};
using Chip = std::unique_ptr<gpiod_chip, CloseChip>;

std::string text_or_empty(const char* text) {
    return text ? text : "";
}

int flags_of(const LineConfig& config, bool output) {
    unsigned long flags = 0;
    if (config.active_low) flags |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
    if (config.bias == Bias::disabled) flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
    if (config.bias == Bias::pull_up) flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    if (config.bias == Bias::pull_down) flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    if (output && config.drive == Drive::open_drain) flags |= GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN;
    if (output && config.drive == Drive::open_source) flags |= GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE;
    return static_cast<int>(flags);
}

struct Requested {
    Chip chip;
    gpiod_line* line = nullptr;  // the chip's
};

base::Result<Requested> request(const std::string& chip_path, const LineDescription& line,
                                const LineConfig& config, int type, int flags, bool initial) {
    Requested requested{Chip(gpiod_chip_open(chip_path.c_str())), nullptr};
    if (!requested.chip) return request_error(errno, line, config);
    requested.line = gpiod_chip_get_line(requested.chip.get(), line.offset);
    if (!requested.line) return request_error(errno, line, config);
    const gpiod_line_request_config how{config.consumer.c_str(), type, flags};
    if (gpiod_line_request(requested.line, &how, initial ? 1 : 0) != 0)
        return request_error(errno, line, config);
    return requested;
}

class V1Output final : public OutputLine {
  public:
    V1Output(Requested line, int fd, std::string name, bool active)
        : line_(std::move(line)), fd_(fd), name_(std::move(name)), active_(active) {}

    base::Result<void> set(bool active) override {
        if (gpiod_line_set_value(line_.line, active ? 1 : 0) != 0)
            return system_error("line '" + name_ + "'");
        active_ = active;
        return {};
    }
    [[nodiscard]] bool active() const override { return active_; }
    [[nodiscard]] int descriptor() const override { return fd_; }

  private:
    Requested line_;
    int fd_;  // the line's; -1 if it is not known
    std::string name_;
    bool active_;
};

class V1Input final : public KernelInput {
  public:
    V1Input(Requested line, int fd, std::string name)
        : line_(std::move(line)), fd_(fd), name_(std::move(name)) {}

    [[nodiscard]] int fd() const override { return fd_; }

    base::Result<bool> value() override {
        const int value = gpiod_line_get_value(line_.line);
        if (value < 0) return system_error("line '" + name_ + "'");
        return value != 0;
    }

    base::Result<std::vector<Edge>> take_edges() override {
        std::array<gpiod_line_event, 16> events{};  // as many as the kernel keeps
        const int count = gpiod_line_event_read_fd_multiple(fd_, events.data(), events.size());
        if (count < 0 && errno != EAGAIN) return system_error("line '" + name_ + "'");
        std::vector<Edge> edges;
        const auto now = std::chrono::steady_clock::now();
        for (int i = 0; i < count; ++i) {
            const auto& event = events.at(static_cast<std::size_t>(i));
            const auto stamp =
                std::chrono::seconds(event.ts.tv_sec) + std::chrono::nanoseconds(event.ts.tv_nsec);
            // Rising is becoming active: the kernel applies the polarity first.
            edges.push_back({event.event_type == GPIOD_LINE_EVENT_RISING_EDGE, edge_time(stamp, now)});
        }
        return edges;
    }

  private:
    Requested line_;
    int fd_;  // the line's
    std::string name_;
};

}  // namespace

ChipDescription read_chip(const std::string& path) {
    ChipDescription description;
    description.path = path;
    const Chip chip(gpiod_chip_open(path.c_str()));
    if (!chip) {
        description.error = errno;
        return description;
    }
    description.name = gpiod_chip_name(chip.get());
    description.label = gpiod_chip_label(chip.get());
    for (unsigned offset = 0; offset < gpiod_chip_num_lines(chip.get()); ++offset) {
        gpiod_line* line = gpiod_chip_get_line(chip.get(), offset);
        if (!line) {
            description.error = errno;
            description.lines.clear();
            return description;
        }
        description.lines.push_back(
            {.chip = description.name,
             .chip_label = description.label,
             .offset = offset,
             .name = text_or_empty(gpiod_line_name(line)),
             .used = gpiod_line_is_used(line),
             .consumer = text_or_empty(gpiod_line_consumer(line)),
             .output = gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT,
             .active_low = gpiod_line_active_state(line) == GPIOD_LINE_ACTIVE_STATE_LOW});
    }
    return description;
}

base::Result<std::unique_ptr<OutputLine>> request_kernel_output(const std::string& chip_path,
                                                                const LineDescription& line,
                                                                const LineConfig& config,
                                                                bool initially_active) {
    const std::vector<int> before = line_handles();
    auto requested = request(chip_path, line, config, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT,
                             flags_of(config, true), initially_active);
    if (!requested) return requested.error();
    int fd = -1;
    for (const int handle : line_handles()) {
        if (std::find(before.begin(), before.end(), handle) == before.end()) fd = handle;
    }
    return std::unique_ptr<OutputLine>(
        std::make_unique<V1Output>(std::move(*requested), fd, config.line, initially_active));
}

base::Result<std::unique_ptr<KernelInput>> request_kernel_input(const std::string& chip_path,
                                                                const LineDescription& line,
                                                                const LineConfig& config) {
    auto requested =
        request(chip_path, line, config, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES, flags_of(config, false), false);
    if (!requested) return requested.error();
    const int fd = gpiod_line_event_get_fd(requested->line);
    if (fd < 0 || ::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return request_error(errno, line, config);
    return std::unique_ptr<KernelInput>(std::make_unique<V1Input>(std::move(*requested), fd, config.line));
}

std::string gpiod_version() {
    return gpiod_version_string();
}

}  // namespace hal
