#include "hal/signals.hpp"

#include <sys/signalfd.h>

#include <csignal>
#include <utility>

namespace hal {

base::Result<std::unique_ptr<SignalWatch>> SignalWatch::create(EventLoop& loop,
                                                               std::initializer_list<int> signals,
                                                               std::function<void(int)> handler) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        if (sigaddset(&set, signal) != 0) return system_error("signal " + std::to_string(signal));
    }
    if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
        return system_error("pthread_sigmask", error);
    Descriptor fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd) return system_error("signalfd");
    std::unique_ptr<SignalWatch> watch(new SignalWatch(std::move(fd), std::move(handler)));
    watch->readable_ = loop.on_readable(watch->fd_.get(), [raw = watch.get()] { raw->take(); });
    return watch;
}

SignalWatch::SignalWatch(Descriptor fd, std::function<void(int)> handler)
    : fd_(std::move(fd)), handler_(std::move(handler)) {}

void SignalWatch::take() {
    // One at a time: the loop calls again while there are more, and the handler may end this object.
    signalfd_siginfo info{};
    const auto size = ::read(fd_.get(), &info, sizeof info);
    if (size != static_cast<ssize_t>(sizeof info)) return;  // EAGAIN: taken already
    const auto handler = handler_;
    handler(static_cast<int>(info.ssi_signo));
}

}  // namespace hal
