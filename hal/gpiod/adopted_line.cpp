#include "hal/gpiod/adopted_line.hpp"

#include <linux/gpio.h>
#include <sys/ioctl.h>

#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace hal {

namespace {

int system_ioctl(int fd, unsigned long request, void* argument) {
    return ::ioctl(fd, request, argument);
}

class AdoptedOutput final : public OutputLine {
  public:
    AdoptedOutput(Descriptor fd, std::string name, LineIoctl ioctl)
        : fd_(std::move(fd)), name_(std::move(name)), ioctl_(std::move(ioctl)) {}

    // Finds out which version of the interface made the request, by asking for the value in both.
    base::Result<void> begin() {
        gpio_v2_line_values values{};
        values.mask = 1;
        if (ioctl_(fd_.get(), GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0) {
            version_ = 2;
            active_ = (values.bits & 1U) != 0;
            return {};
        }
        gpiohandle_data data{};
        if (ioctl_(fd_.get(), GPIOHANDLE_GET_LINE_VALUES_IOCTL, &data) == 0) {
            version_ = 1;
            active_ = data.values[0] != 0;
            return {};
        }
        return base::Error{base::Errc::invalid_argument,
                           "line '" + name_ + "': the descriptor that was kept is no request of a GPIO line"};
    }

    base::Result<void> set(bool active) override {
        int set = -1;
        if (version_ == 2) {
            gpio_v2_line_values values{};
            values.mask = 1;
            values.bits = active ? 1 : 0;
            set = ioctl_(fd_.get(), GPIO_V2_LINE_SET_VALUES_IOCTL, &values);
        } else {
            gpiohandle_data data{};
            data.values[0] = active ? 1 : 0;
            set = ioctl_(fd_.get(), GPIOHANDLE_SET_LINE_VALUES_IOCTL, &data);
        }
        if (set != 0) return system_error("line '" + name_ + "'");
        active_ = active;
        return {};
    }
    [[nodiscard]] bool active() const override { return active_; }
    [[nodiscard]] int descriptor() const override { return fd_.get(); }

  private:
    Descriptor fd_;
    std::string name_;
    LineIoctl ioctl_;
    int version_ = 0;
    bool active_ = false;
};

}  // namespace

base::Result<std::unique_ptr<OutputLine>> adopt_output(Descriptor fd, std::string name, LineIoctl ioctl) {
    auto line = std::make_unique<AdoptedOutput>(std::move(fd), std::move(name),
                                                ioctl ? std::move(ioctl) : LineIoctl(system_ioctl));
    if (auto begun = line->begin(); !begun) return begun.error();
    return std::unique_ptr<OutputLine>(std::move(line));
}

std::vector<int> line_handles() {
    std::vector<int> handles;
    std::error_code ignored;  // no /proc: no handles
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        const std::string target = std::filesystem::read_symlink(entry.path(), ignored).string();
        if (target.find("gpio-linehandle") == std::string::npos) continue;
        const std::string name = entry.path().filename().string();
        int fd = -1;
        if (std::from_chars(name.data(), name.data() + name.size(), fd).ec == std::errc())
            handles.push_back(fd);
    }
    return handles;
}

}  // namespace hal
