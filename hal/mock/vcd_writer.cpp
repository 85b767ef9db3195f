#include "base/iso8601.hpp"
#include "hal/mock/vcd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace hal {

namespace {

// Identifier codes are the printable characters ! to ~, as digits of base 94.
std::string code_of(std::size_t signal) {
    constexpr std::size_t digits = 94;
    std::string code;
    do {
        code += static_cast<char>('!' + signal % digits);
        signal /= digits;
    } while (signal > 0);
    return code;
}

// Viewers split names at blanks, dots and brackets.
std::string plain(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

std::string value_text(Wiring::Kind kind, double value) {
    if (kind == Wiring::Kind::bit) return value != 0 ? "1" : "0";
    char text[40];
    (void)std::snprintf(text, sizeof text, "r%.6g ", value);  // %.6g has at most 13 characters
    return text;
}

std::string header(const std::vector<Wiring::SignalInfo>& signals, base::SystemTime date) {
    std::string text = "$date " + base::format_iso8601(date) +
                       " $end\n$version Doorlock " DOORLOCK_VERSION
                       ", simulated wiring $end\n$timescale 1 us $end\n$scope module door $end\n";
    for (std::size_t i = 0; i < signals.size(); ++i)
        text += std::string("$var ") + (signals[i].kind == Wiring::Kind::bit ? "wire 1 " : "real 64 ") +
                code_of(i) + " " + plain(signals[i].name) + " $end\n";
    return text + "$upscope $end\n$enddefinitions $end\n";
}

}  // namespace

base::Result<std::unique_ptr<VcdWriter>> VcdWriter::create(const std::string& path,
                                                           const std::vector<Wiring::SignalInfo>& signals,
                                                           const base::Clock& clock) {
    // What is no plain file (/dev/null, a pipe) stays where it is. Any failure shows at open(2).
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
        (void)std::rename(path.c_str(), (path + ".old").c_str());
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) return system_error("recording '" + path + "'");
    std::unique_ptr<VcdWriter> writer(new VcdWriter(std::move(fd), signals, clock));
    std::string text =
        header(signals, clock.system_now()) + writer->time_text(writer->start_) + "$dumpvars\n";
    for (std::size_t i = 0; i < signals.size(); ++i)
        text += value_text(signals[i].kind, signals[i].value) + code_of(i) + "\n";
    writer->put(text + "$end\n");
    return writer;
}

VcdWriter::VcdWriter(Descriptor fd, const std::vector<Wiring::SignalInfo>& signals, const base::Clock& clock)
    : fd_(std::move(fd)), clock_(clock), start_(clock.steady_now()) {
    for (const auto& signal : signals)
        kinds_.push_back(signal.kind);
}

VcdWriter::~VcdWriter() {
    put(time_text(clock_.steady_now()));
}

void VcdWriter::write(const Wiring::Transition& transition) {
    if (transition.signal >= kinds_.size()) return;  // a part that was added after the recording began
    put(time_text(transition.at) + value_text(kinds_[transition.signal], transition.value) +
        code_of(transition.signal) + "\n");
}

// "#1234\n" if the time has moved on; never back.
std::string VcdWriter::time_text(base::SteadyTime at) {
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(at - start_);
    if (time <= last_) return {};
    last_ = time;
    return "#" + std::to_string(time.count()) + "\n";
}

void VcdWriter::put(std::string_view text) {
    while (health_ && !text.empty()) {
        const auto size = ::write(fd_.get(), text.data(), text.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0)
            health_ = system_error("write");
        else
            text.remove_prefix(static_cast<std::size_t>(size));
    }
}

}  // namespace hal
