#include "scheduler/fleet/fleet.hpp"

#include "scheduler/fleet/backoff.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fleet {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr int events_a_turn = 512;
constexpr int reads_a_turn = 16;  // of one connection; then it is the others' turn

}  // namespace

Result<std::unique_ptr<Fleet>> Fleet::make(Settings settings, std::optional<Tls> tls,
                                           const base::Clock& clock) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) return Error{Errc::internal, std::string("epoll: ") + std::strerror(errno)};
    return std::unique_ptr<Fleet>(new Fleet(std::move(settings), std::move(tls), clock, epoll));
}

Fleet::Fleet(Settings settings, std::optional<Tls> tls, const base::Clock& clock, int epoll)
    : settings_(std::move(settings)),
      tls_(std::move(tls)),
      clock_(clock),
      epoll_(epoll),
      random_(settings_.seed) {}

Fleet::~Fleet() {
    devices_.clear();
    close(epoll_);
}

Result<void> Fleet::add(Identity identity) {
    if (devices_.size() >= most_devices) {
        return Error{Errc::too_large, "a fleet has at most " + std::to_string(most_devices) + " devices"};
    }
    devices_.emplace_back(std::move(identity), settings_.manner, figures_);
    waiting_.push_back(devices_.size() - 1);
    return {};
}

void Fleet::turn(std::chrono::milliseconds most) {
    begin_those_whose_turn_it_is();
    auto wait = most;
    if (const auto next = schedule_.next()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.steady_now());
        wait = std::clamp(left, std::chrono::milliseconds(0), most);
    }
    std::array<epoll_event, events_a_turn> events{};
    const int count = epoll_wait(epoll_, events.data(), events_a_turn, static_cast<int>(wait.count()));
    for (int i = 0; i < count; ++i) {
        serve(static_cast<std::size_t>(events.at(static_cast<std::size_t>(i)).data.u64));
    }
    // What became due meanwhile; not what becomes due by this.
    const auto now = clock_.steady_now();
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        const auto index = schedule_.take_due(now);
        if (!index) break;
        if (devices_[*index].link) {
            serve(*index);
        } else if (!leaving_) {
            waiting_.push_back(*index);
        }
    }
}

void Fleet::begin_those_whose_turn_it_is() {
    while (!waiting_.empty() && handshakes_ < settings_.most_handshakes) {
        const std::size_t index = waiting_.front();
        waiting_.pop_front();
        begin(index);
    }
}

void Fleet::begin(std::size_t index) {
    Device& device = devices_[index];
    ++figures_.attempts;
    auto link = Link::begin(settings_.endpoint, index, tls_ ? &*tls_ : nullptr, device.ticket,
                            settings_.tickets ? &device.ticket : nullptr);
    if (!link) return fail(index, link.error());
    device.link = std::move(*link);
    ++handshakes_;
    if (auto opened = device.session.open(clock_.steady_now(), clock_.system_now()); !opened) {
        return fail(index, opened.error());
    }
    device.watched = EPOLLOUT;
    epoll_event event{};
    event.events = device.watched;
    event.data.u64 = index;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, device.link->descriptor(), &event) != 0) {
        return fail(index, {Errc::internal, std::string("epoll: ") + std::strerror(errno)});
    }
    schedule_.set(index, device.session.due());
}

void Fleet::serve(std::size_t index) {
    Device& device = devices_[index];
    if (!device.link) return;  // it ended earlier in this turn
    auto done = device.link->is_open() ? Result<void>() : advance(device);
    if (done && device.link->is_open()) done = exchange(device);
    if (!done) return fail(index, done.error());
    count(device);
    if (device.session.wants_to_leave()) {
        device.session.leave();
        (void)flush(device);
        return end(index, pause_after(0, settings_.first_pause, settings_.most_pause, random_));
    }
    watch(index);
}

Result<void> Fleet::advance(Device& device) {
    if (auto done = device.link->advance(); !done) return done;
    if (!device.link->is_open()) return device.session.tick(clock_.steady_now());
    --handshakes_;
    if (device.link->was_resumed()) ++figures_.resumed;
    return {};
}

Result<void> Fleet::exchange(Device& device) {
    for (int i = 0; i < reads_a_turn; ++i) {
        const auto got = device.link->read(buffer_);
        if (!got) return got.error();
        if (*got == 0) break;
        auto taken = device.session.take({buffer_.data(), *got}, clock_.steady_now(), clock_.system_now());
        if (!taken) return taken;
    }
    if (auto ticked = device.session.tick(clock_.steady_now()); !ticked) return ticked;
    return flush(device);
}

Result<void> Fleet::flush(Device& device) {
    while (!device.session.unsent().empty()) {
        const auto put = device.link->write(device.session.unsent());
        if (!put) return put.error();
        if (*put == 0) break;
        device.session.sent(*put);
    }
    return {};
}

void Fleet::count(Device& device) {
    const bool connected = device.link && device.session.connected();
    const bool ready = device.link && device.session.stage() == Session::Stage::ready;
    if (connected != device.counted_connected) connected ? ++connected_ : --connected_;
    if (ready != device.counted_ready) ready ? ++ready_ : --ready_;
    device.counted_connected = connected;
    device.counted_ready = ready;
    if (ready) device.failures = 0;
}

void Fleet::watch(std::size_t index) {
    Device& device = devices_[index];
    const bool unsent = device.link->is_open() && !device.session.unsent().empty();
    const std::uint32_t wanted = static_cast<std::uint32_t>(EPOLLIN) |
                                 (device.link->wants_write() || unsent ? std::uint32_t{EPOLLOUT} : 0U);
    if (wanted != device.watched) {
        epoll_event event{};
        event.events = device.watched = wanted;
        event.data.u64 = index;
        (void)epoll_ctl(epoll_, EPOLL_CTL_MOD, device.link->descriptor(), &event);  // it is in the set
    }
    schedule_.set(index, device.session.due());
}

void Fleet::fail(std::size_t index, const Error& error) {
    Device& device = devices_[index];
    if (device.session.connected()) {
        ++figures_.drops;
    } else if (!device.session.refused()) {
        ++figures_.failures;
    }
    last_failure_ = error.message;
    const auto pause = pause_after(device.failures, settings_.first_pause, settings_.most_pause, random_);
    ++device.failures;
    end(index, pause);
}

void Fleet::end(std::size_t index, std::chrono::milliseconds pause) {
    Device& device = devices_[index];
    if (device.link) {
        if (!device.link->is_open()) --handshakes_;
        device.link->say_goodbye();
        device.link.reset();  // which takes it out of the epoll set
    }
    device.session.lost();
    count(device);
    schedule_.set(index, leaving_ ? std::nullopt : std::optional(clock_.steady_now() + pause));
}

void Fleet::drop(std::size_t count, std::chrono::milliseconds spread) {
    std::uniform_int_distribution<std::chrono::milliseconds::rep> any(0, spread.count());
    for (std::size_t i = 0; i < devices_.size() && count > 0; ++i) {
        if (!devices_[i].session.connected()) continue;
        --count;
        end(i, std::chrono::milliseconds(any(random_)));
    }
}

void Fleet::leave() {
    leaving_ = true;
    waiting_.clear();
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        Device& device = devices_[i];
        if (device.link && device.link->is_open()) {
            device.session.leave();
            (void)flush(device);
        }
        end(i, std::chrono::milliseconds(0));
    }
}

}  // namespace fleet
