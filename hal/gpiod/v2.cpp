// libgpiod 2.x: speaks version 2 of the kernel's interface. A request outlives its chip.
#include "hal/descriptor.hpp"
#include "hal/gpiod/backend.hpp"
#include "hal/gpiod/chips.hpp"

#include <fcntl.h>
#include <gpiod.h>

#include <cerrno>
#include <memory>

namespace hal {

namespace {

template <typename T, void (*end)(T*)>
struct End {
    void operator()(T* handle) const { end(handle); }
};
template <typename T, void (*end)(T*)>
using Owned = std::unique_ptr<T, End<T, end>>;

using Chip = Owned<gpiod_chip, gpiod_chip_close>;
using ChipInfo = Owned<gpiod_chip_info, gpiod_chip_info_free>;
using LineInfo = Owned<gpiod_line_info, gpiod_line_info_free>;
using Settings = Owned<gpiod_line_settings, gpiod_line_settings_free>;
using LineSetup = Owned<gpiod_line_config, gpiod_line_config_free>;
using RequestSetup = Owned<gpiod_request_config, gpiod_request_config_free>;
using Request = Owned<gpiod_line_request, gpiod_line_request_release>;
using EventBuffer = Owned<gpiod_edge_event_buffer, gpiod_edge_event_buffer_free>;

constexpr std::size_t buffered_events = 64;

std::string text_or_empty(const char* text) {
    return text ? text : "";
}

gpiod_line_value value_of(bool active) {
    return active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
}

gpiod_line_bias bias_of(Bias bias) {
    switch (bias) {
        case Bias::as_is:
            return GPIOD_LINE_BIAS_AS_IS;
        case Bias::disabled:
            return GPIOD_LINE_BIAS_DISABLED;
        case Bias::pull_up:
            return GPIOD_LINE_BIAS_PULL_UP;
        case Bias::pull_down:
            return GPIOD_LINE_BIAS_PULL_DOWN;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

gpiod_line_drive drive_of(Drive drive) {
    switch (drive) {
        case Drive::push_pull:
            return GPIOD_LINE_DRIVE_PUSH_PULL;
        case Drive::open_drain:
            return GPIOD_LINE_DRIVE_OPEN_DRAIN;
        case Drive::open_source:
            return GPIOD_LINE_DRIVE_OPEN_SOURCE;
    }
    return GPIOD_LINE_DRIVE_PUSH_PULL;
}

// The library refuses only values outside its enumerations; an out-of-memory shows as a null pointer.
base::Result<Request> request(const std::string& chip_path, const LineDescription& line,
                              const LineConfig& config, gpiod_line_settings* settings) {
    const auto failed = [&] { return request_error(errno, line, config); };
    if (gpiod_line_settings_set_bias(settings, bias_of(config.bias)) != 0) return failed();
    gpiod_line_settings_set_active_low(settings, config.active_low);
    const LineSetup lines(gpiod_line_config_new());
    const RequestSetup setup(gpiod_request_config_new());
    if (!lines || !setup) return failed();
    if (gpiod_line_config_add_line_settings(lines.get(), &line.offset, 1, settings) != 0) return failed();
    gpiod_request_config_set_consumer(setup.get(), config.consumer.c_str());
    const Chip chip(gpiod_chip_open(chip_path.c_str()));
    if (!chip) return failed();
    Request made(gpiod_chip_request_lines(chip.get(), setup.get(), lines.get()));
    if (!made) return failed();
    return made;
}

class V2Output final : public OutputLine {
  public:
    V2Output(Request request, unsigned offset, std::string name, bool active)
        : request_(std::move(request)), offset_(offset), name_(std::move(name)), active_(active) {}

    base::Result<void> set(bool active) override {
        if (gpiod_line_request_set_value(request_.get(), offset_, value_of(active)) != 0)
            return system_error("line '" + name_ + "'");
        active_ = active;
        return {};
    }
    [[nodiscard]] bool active() const override { return active_; }
    [[nodiscard]] int descriptor() const override { return gpiod_line_request_get_fd(request_.get()); }

  private:
    Request request_;
    unsigned offset_;
    std::string name_;
    bool active_;
};

class V2Input final : public KernelInput {
  public:
    V2Input(Request request, EventBuffer buffer, unsigned offset, std::string name)
        : request_(std::move(request)), buffer_(std::move(buffer)), offset_(offset), name_(std::move(name)) {}

    [[nodiscard]] int fd() const override { return gpiod_line_request_get_fd(request_.get()); }

    base::Result<bool> value() override {
        const auto value = gpiod_line_request_get_value(request_.get(), offset_);
        if (value == GPIOD_LINE_VALUE_ERROR) return system_error("line '" + name_ + "'");
        return value == GPIOD_LINE_VALUE_ACTIVE;
    }

    base::Result<std::vector<Edge>> take_edges() override {
        const int count = gpiod_line_request_read_edge_events(request_.get(), buffer_.get(), buffered_events);
        if (count < 0 && errno != EAGAIN) return system_error("line '" + name_ + "'");
        std::vector<Edge> edges;
        const auto now = std::chrono::steady_clock::now();
        for (int i = 0; i < count; ++i) {
            auto* event = gpiod_edge_event_buffer_get_event(buffer_.get(), static_cast<unsigned long>(i));
            const std::chrono::nanoseconds stamp(
                static_cast<std::int64_t>(gpiod_edge_event_get_timestamp_ns(event)));
            // Rising is becoming active: the kernel applies the polarity first.
            edges.push_back({gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
                             edge_time(stamp, now)});
        }
        return edges;
    }

  private:
    Request request_;
    EventBuffer buffer_;
    unsigned offset_;
    std::string name_;
};

}  // namespace

ChipDescription read_chip(const std::string& path) {
    ChipDescription description;
    description.path = path;
    const auto failed = [&] {
        description.error = errno;
        description.lines.clear();
        return description;
    };
    const Chip chip(gpiod_chip_open(path.c_str()));
    if (!chip) return failed();
    const ChipInfo info(gpiod_chip_get_info(chip.get()));
    if (!info) return failed();
    description.name = gpiod_chip_info_get_name(info.get());
    description.label = gpiod_chip_info_get_label(info.get());
    for (unsigned offset = 0; offset < gpiod_chip_info_get_num_lines(info.get()); ++offset) {
        const LineInfo line(gpiod_chip_get_line_info(chip.get(), offset));
        if (!line) return failed();
        description.lines.push_back(
            {.chip = description.name,
             .chip_label = description.label,
             .offset = offset,
             .name = text_or_empty(gpiod_line_info_get_name(line.get())),
             .used = gpiod_line_info_is_used(line.get()),
             .consumer = text_or_empty(gpiod_line_info_get_consumer(line.get())),
             .output = gpiod_line_info_get_direction(line.get()) == GPIOD_LINE_DIRECTION_OUTPUT,
             .active_low = gpiod_line_info_is_active_low(line.get())});
    }
    return description;
}

base::Result<std::unique_ptr<OutputLine>> request_kernel_output(const std::string& chip_path,
                                                                const LineDescription& line,
                                                                const LineConfig& config,
                                                                bool initially_active) {
    const Settings settings(gpiod_line_settings_new());
    if (!settings || gpiod_line_settings_set_direction(settings.get(), GPIOD_LINE_DIRECTION_OUTPUT) != 0 ||
        gpiod_line_settings_set_output_value(settings.get(), value_of(initially_active)) != 0 ||
        gpiod_line_settings_set_drive(settings.get(), drive_of(config.drive)) != 0)
        return request_error(errno, line, config);
    auto made = request(chip_path, line, config, settings.get());
    if (!made) return made.error();
    return std::unique_ptr<OutputLine>(
        std::make_unique<V2Output>(std::move(*made), line.offset, config.line, initially_active));
}

base::Result<std::unique_ptr<KernelInput>> request_kernel_input(const std::string& chip_path,
                                                                const LineDescription& line,
                                                                const LineConfig& config) {
    const Settings settings(gpiod_line_settings_new());
    EventBuffer buffer(gpiod_edge_event_buffer_new(buffered_events));
    if (!settings || !buffer ||
        gpiod_line_settings_set_direction(settings.get(), GPIOD_LINE_DIRECTION_INPUT) != 0 ||
        gpiod_line_settings_set_edge_detection(settings.get(), GPIOD_LINE_EDGE_BOTH) != 0 ||
        gpiod_line_settings_set_event_clock(settings.get(), GPIOD_LINE_CLOCK_MONOTONIC) != 0)
        return request_error(errno, line, config);
    auto made = request(chip_path, line, config, settings.get());
    if (!made) return made.error();
    const int fd = gpiod_line_request_get_fd(made->get());
    if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return request_error(errno, line, config);
    return std::unique_ptr<KernelInput>(
        std::make_unique<V2Input>(std::move(*made), std::move(buffer), line.offset, config.line));
}

std::string gpiod_version() {
    return gpiod_api_version();
}

}  // namespace hal
