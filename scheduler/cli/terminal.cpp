#include "scheduler/cli/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>

namespace cli {

namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int /*signal*/) {
    interrupted = 1;
}

bool catch_interrupt() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one has its usual effect
    return sigaction(SIGINT, &action, nullptr) == 0;
}

}  // namespace

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
}

Output standard_output(Format format) {
    Output output{.out = std::cout, .err = std::cerr, .format = format};
    output.live = isatty(STDOUT_FILENO) == 1 && environment("TERM").value_or("dumb") != "dumb";
    output.colour = output.live && !environment("NO_COLOR");  // https://no-color.org
    struct winsize size {};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10) output.columns = size.ws_col;
    return output;
}

bool reader_is_gone() {
    pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

bool interruptible_pause(std::chrono::milliseconds duration) {
    static const bool catching = catch_interrupt();
    if (interrupted != 0) return false;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    timespec left{};
    left.tv_sec = seconds.count();
    left.tv_nsec = static_cast<long>(std::chrono::nanoseconds(duration - seconds).count());
    while (interrupted == 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    return !catching || interrupted == 0;
}

}  // namespace cli
