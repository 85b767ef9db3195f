#include "firmware/stored_lines.hpp"

#include "firmware/state_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace firmware {

namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START
constexpr int most_descriptors = 16;

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

int number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace

std::vector<StoredDescriptor> take_stored_descriptors() {
    std::vector<StoredDescriptor> taken;
    const bool ours = number(environment("LISTEN_PID")) == ::getpid();
    const int count = ours ? std::clamp(number(environment("LISTEN_FDS")), 0, most_descriptors) : 0;
    std::string_view names = environment("LISTEN_FDNAMES");
    for (int fd = first_descriptor; fd < first_descriptor + count; ++fd) {
        const std::size_t end = std::min(names.find(':'), names.size());
        std::string name(names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) taken.emplace_back(std::move(name), hal::Descriptor(fd));
    }
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        (void)::unsetenv(variable);  // fails only for a name that is none
    return taken;
}

std::string store_name(const hal::LineConfig& line) {
    const std::string all = line.line + (line.active_low ? " low " : " high ") +
                            std::to_string(static_cast<int>(line.bias)) + ' ' +
                            std::to_string(static_cast<int>(line.drive));
    return "line-" + std::to_string(crc32(all));
}

std::vector<StoredDescriptor> meant_for(LockKind kind, std::vector<StoredDescriptor> stored) {
    if (powered_side(kind) != Target::locked) stored.clear();
    return stored;
}

StoredLines::StoredLines(std::unique_ptr<hal::LineSource> within, std::vector<StoredDescriptor> stored,
                         hal::LineIoctl ioctl)
    : within_(std::move(within)), stored_(std::move(stored)), ioctl_(std::move(ioctl)) {}

base::Result<std::unique_ptr<hal::OutputLine>> StoredLines::request_output(const hal::LineConfig& config,
                                                                           bool initially_active) {
    const std::string name = store_name(config);
    const auto it = std::find_if(stored_.begin(), stored_.end(),
                                 [&](const StoredDescriptor& stored) { return stored.first == name; });
    if (it == stored_.end()) return within_->request_output(config, initially_active);
    hal::Descriptor fd = std::move(it->second);
    stored_.erase(it);
    auto adopted = hal::adopt_output(std::move(fd), config.line, ioctl_);
    if (adopted) return adopted;
    // What was kept is of no use; it is closed by now, so that the line can be requested.
    return within_->request_output(config, initially_active);
}

base::Result<std::unique_ptr<hal::InputLine>> StoredLines::request_input(const hal::LineConfig& config) {
    return within_->request_input(config);
}

}  // namespace firmware
