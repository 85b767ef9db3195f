#include "hal/event_loop.hpp"

#include "hal/descriptor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace hal {

namespace {

using TimerKey = std::pair<base::SteadyTime, std::uint64_t>;  // due, then in the order they were asked for

constexpr std::uint64_t wake_id = 0;
constexpr std::uint64_t timer_id = 1;
constexpr std::uint64_t first_free_id = 2;

itimerspec at_time(base::SteadyTime due) {
    // Zero would disarm the timer instead of firing it at once.
    const auto ns = std::max<std::int64_t>(1, due.time_since_epoch() / std::chrono::nanoseconds(1));
    itimerspec spec{};
    spec.it_value.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
    spec.it_value.tv_nsec = static_cast<long>(ns % 1'000'000'000);
    return spec;
}

void read_counter(int fd) {
    std::uint64_t count = 0;
    // An eventfd or timerfd that was readable; EAGAIN (read twice) changes nothing.
    [[maybe_unused]] const auto size = ::read(fd, &count, sizeof count);
}

bool watch(int epoll, int fd, std::uint64_t id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

struct EventLoop::Registration::State {
    Impl* loop = nullptr;  // null once it has left or the loop is gone
    std::function<void()> handler;
    int fd = -1;  // -1: a timer
    std::uint64_t id = 0;
    base::SteadyTime due;
};

struct EventLoop::Impl {
    using Shared = std::shared_ptr<Registration::State>;

    Descriptor epoll;
    Descriptor wake;
    Descriptor timer;
    std::uint64_t next_id = first_free_id;
    std::map<TimerKey, Shared> timers;
    std::map<std::uint64_t, Shared> readers;
    base::SteadyTime armed = base::SteadyTime::max();

    std::mutex mutex;  // guards posted
    std::vector<std::function<void()>> posted;
    std::atomic<bool> stopping{false};

    void remove(Registration::State& state);
    void wake_up() const;
    void arm();
    void run_posted();
    void run_timers();
    void run_once();
};

void EventLoop::Impl::remove(Registration::State& state) {
    if (state.fd >= 0) {
        // Fails only if the descriptor has been closed already, and then epoll has dropped it by itself.
        (void)::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, state.fd, nullptr);
        readers.erase(state.id);
    } else {
        timers.erase({state.due, state.id});
    }
}

void EventLoop::Impl::wake_up() const {
    const std::uint64_t one = 1;
    // Fails only with EAGAIN, when the counter is full: then it is readable anyway.
    [[maybe_unused]] const auto size = ::write(wake.get(), &one, sizeof one);
}

void EventLoop::Impl::arm() {
    const auto due = timers.empty() ? base::SteadyTime::max() : timers.begin()->first.first;
    if (due == armed) return;
    // A later due time needs no system call: the loop wakes once for nothing and arms again.
    if (due > armed && !timers.empty() && armed > std::chrono::steady_clock::now()) return;
    const auto spec = due == base::SteadyTime::max() ? itimerspec{} : at_time(due);
    [[maybe_unused]] const int set = ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
    assert(set == 0);
    armed = due;
}

void EventLoop::Impl::run_posted() {
    std::vector<std::function<void()>> batch;
    {
        const std::lock_guard lock(mutex);
        batch.swap(posted);
    }
    for (auto& work : batch) {
        work();
        work = nullptr;
    }
}

void EventLoop::Impl::run_timers() {
    const auto now = std::chrono::steady_clock::now();
    const auto asked_later = next_id;  // timers made by these handlers wait for the next turn
    auto next = timers.begin();
    while (next != timers.end() && next->first.first <= now) {
        if (next->first.second >= asked_later) {
            ++next;
            continue;
        }
        const Shared state = std::move(next->second);
        timers.erase(next);
        state->loop = nullptr;
        state->handler();
        next = timers.begin();
    }
}

void EventLoop::Impl::run_once() {
    arm();
    epoll_event events[32];
    const int count = ::epoll_wait(epoll.get(), events, 32, -1);
    assert(count >= 0 || errno == EINTR);
    bool posted_work = false;
    for (int i = 0; i < count; ++i) {
        const auto id = events[i].data.u64;
        if (id == wake_id) {
            read_counter(wake.get());
            posted_work = true;
        } else if (id == timer_id) {
            read_counter(timer.get());
            armed = base::SteadyTime::max();
        } else if (const auto found = readers.find(id); found != readers.end()) {
            const Shared state = found->second;  // the handler may drop its own registration
            state->handler();
        }
    }
    run_timers();
    if (posted_work) run_posted();
}

EventLoop::Registration::Registration(std::shared_ptr<State> state) : state_(std::move(state)) {}
EventLoop::Registration::Registration(Registration&&) noexcept = default;

EventLoop::Registration& EventLoop::Registration::operator=(Registration&& other) noexcept {
    if (this != &other) {
        reset();
        state_ = std::move(other.state_);
    }
    return *this;
}

EventLoop::Registration::~Registration() {
    reset();
}

void EventLoop::Registration::reset() {
    const auto state = std::move(state_);
    state_ = nullptr;
    if (state && state->loop) std::exchange(state->loop, nullptr)->remove(*state);
}

bool EventLoop::Registration::active() const {
    return state_ && state_->loop;
}

base::Result<std::unique_ptr<EventLoop>> EventLoop::create() {
    auto impl = std::make_unique<Impl>();
    impl->epoll = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!impl->epoll) return system_error("epoll_create1");
    impl->wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!impl->wake) return system_error("eventfd");
    impl->timer = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!impl->timer) return system_error("timerfd_create");
    if (!watch(impl->epoll.get(), impl->wake.get(), wake_id) ||
        !watch(impl->epoll.get(), impl->timer.get(), timer_id))
        return system_error("epoll_ctl");
    return std::unique_ptr<EventLoop>(new EventLoop(std::move(impl)));
}

EventLoop::EventLoop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

EventLoop::~EventLoop() {
    for (const auto& [key, state] : impl_->timers)
        state->loop = nullptr;
    for (const auto& [id, state] : impl_->readers)
        state->loop = nullptr;
}

void EventLoop::post(std::function<void()> work) {
    bool was_empty = false;
    {
        const std::lock_guard lock(impl_->mutex);
        was_empty = impl_->posted.empty();
        impl_->posted.push_back(std::move(work));
    }
    if (was_empty) impl_->wake_up();
}

EventLoop::Registration EventLoop::call_at(base::SteadyTime due, std::function<void()> handler) {
    auto state = std::make_shared<Registration::State>();
    state->loop = impl_.get();
    state->handler = std::move(handler);
    state->id = impl_->next_id++;
    state->due = due;
    impl_->timers.emplace(TimerKey{due, state->id}, state);
    return Registration(std::move(state));
}

EventLoop::Registration EventLoop::call_after(std::chrono::nanoseconds delay, std::function<void()> handler) {
    const auto now = std::chrono::steady_clock::now();
    const auto longest = base::SteadyTime::max() - now;
    return call_at(delay < longest ? now + delay : base::SteadyTime::max(), std::move(handler));
}

EventLoop::Registration EventLoop::on_readable(int fd, std::function<void()> handler) {
    auto state = std::make_shared<Registration::State>();
    state->loop = impl_.get();
    state->handler = std::move(handler);
    state->fd = fd;
    state->id = impl_->next_id++;
    [[maybe_unused]] const bool watched = watch(impl_->epoll.get(), fd, state->id);
    assert(watched);  // not a descriptor that can be polled, or one that is registered already
    impl_->readers.emplace(state->id, state);
    return Registration(std::move(state));
}

void EventLoop::run() {
    while (!impl_->stopping.load())
        impl_->run_once();
    impl_->run_posted();
    impl_->stopping.store(false);
}

void EventLoop::stop() {
    impl_->stopping.store(true);
    impl_->wake_up();
}

}  // namespace hal
