#include "hal/cutoff.hpp"

#include "hal/descriptor.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace hal {

namespace {

constexpr auto retry_pause = std::chrono::milliseconds(100);

base::SteadyTime steady_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

// One guarded line. Everything in it is under the mutex of its Impl.
class CutOff::Guard {
  public:
    Guard(std::unique_ptr<OutputLine> output, OnTimeLimit limit, std::function<void()> on_cut)
        : line(std::move(output)), on_time(limit), cut(std::move(on_cut)) {}

    std::unique_ptr<OutputLine> line;
    OnTime on_time;
    std::function<void()> cut;
    bool refused = false;  // the line would not go off; said once
};

struct CutOff::Impl {
    Impl(EventLoop& event_loop, const base::Log& lg) : loop(event_loop), log(lg) {}

    EventLoop& loop;
    const base::Log& log;
    Descriptor wake;
    std::mutex mutex;
    std::vector<std::shared_ptr<Guard>> guards;
    std::function<void()> alive;  // the question that is open
    bool ended = false;
    std::thread thread;

    void wake_up() const;
    void run();
    void cut_off(const std::shared_ptr<Guard>& guard, base::SteadyTime now);
    std::optional<base::SteadyTime> work();
};

class CutOff::GuardedLine final : public OutputLine {
  public:
    GuardedLine(std::shared_ptr<Impl> impl, std::shared_ptr<Guard> guard)
        : impl_(std::move(impl)), guard_(std::move(guard)) {}
    GuardedLine(const GuardedLine&) = delete;
    GuardedLine& operator=(const GuardedLine&) = delete;
    ~GuardedLine() override {
        const std::lock_guard lock(impl_->mutex);
        // The line is going; a failure now could only be told by the lines that follow.
        if (guard_->line->active()) (void)guard_->line->set(false);
        std::erase(impl_->guards, guard_);
    }

    base::Result<void> set(bool active) override { return active ? switch_on(false) : switch_off(); }
    base::Result<void> set_active_at_once() override { return switch_on(true); }

    [[nodiscard]] bool active() const override {
        const std::lock_guard lock(impl_->mutex);
        return guard_->line->active();
    }

  private:
    base::Result<void> switch_on(bool at_once) {
        const std::lock_guard lock(impl_->mutex);
        if (guard_->line->active()) return {};
        if (impl_->ended) return base::Error{base::Errc::unavailable, "the cut-off thread has ended"};
        const auto now = steady_now();
        if (auto may = guard_->on_time.may_switch_on(now, at_once); !may) return may;
        // Armed before the line is: were this thread to hang in the next call, the other one would be ready.
        guard_->on_time.switched_on(now);
        impl_->wake_up();
        auto set = guard_->line->set(true);
        // It may have gone on in spite of the error; the deadline stands until it is known to be off.
        if (!set && guard_->line->set(false)) guard_->on_time.switched_off(steady_now());
        return set;
    }

    base::Result<void> switch_off() {
        const std::lock_guard lock(impl_->mutex);
        auto set = guard_->line->set(false);
        if (set) guard_->on_time.switched_off(steady_now());
        return set;
    }

    std::shared_ptr<Impl> impl_;
    std::shared_ptr<Guard> guard_;
};

void CutOff::Impl::wake_up() const {
    const std::uint64_t one = 1;
    // Fails only with EAGAIN, when the counter is full: then it is readable anyway.
    [[maybe_unused]] const auto size = ::write(wake.get(), &one, sizeof one);
}

void CutOff::Impl::cut_off(const std::shared_ptr<Guard>& guard, base::SteadyTime now) {
    const auto set = guard->line->set(false);
    if (!set) {
        if (!std::exchange(guard->refused, true))
            log.error("cut_off_failed", {{"error", set.error().message}, {"retry_ms", retry_pause.count()}});
        guard->on_time.try_again(now + retry_pause);
        return;
    }
    guard->refused = false;
    guard->on_time.switched_off(now);
    loop.post([weak = std::weak_ptr(guard)] {
        if (const auto still = weak.lock(); still && still->cut) still->cut();
    });
}

// Switches off what is due and answers; returns when there is something to do again.
std::optional<base::SteadyTime> CutOff::Impl::work() {
    const std::lock_guard lock(mutex);
    const auto now = steady_now();
    std::optional<base::SteadyTime> next;
    for (const auto& guard : guards) {
        if (guard->on_time.due() && *guard->on_time.due() <= now) cut_off(guard, now);
        const auto due = guard->on_time.due();
        if (due && (!next || *due < *next)) next = due;
    }
    if (alive) loop.post(std::exchange(alive, nullptr));
    return next;
}

void CutOff::Impl::run() {
    pollfd woken{wake.get(), POLLIN, 0};
    for (;;) {
        const auto next = work();
        timespec wait{};
        if (next) {
            const auto left = std::max(std::chrono::nanoseconds(0), *next - steady_now());
            wait.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
            wait.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
        }
        if (::ppoll(&woken, 1, next ? &wait : nullptr, nullptr) > 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto size = ::read(wake.get(), &count, sizeof count);
        }
        const std::lock_guard lock(mutex);
        if (ended) return;
    }
}

base::Result<std::unique_ptr<CutOff>> CutOff::start(EventLoop& loop, const base::Log& log) {
    auto impl = std::make_shared<Impl>(loop, log);
    impl->wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!impl->wake) return system_error("eventfd");
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    // Signals belong to the loop's thread; this one must not be held up by a handler.
    if (const int error = pthread_sigmask(SIG_SETMASK, &all, &before); error != 0)
        return system_error("pthread_sigmask", error);
    try {
        impl->thread = std::thread([raw = impl.get()] {
            (void)pthread_setname_np(pthread_self(), "cut-off");  // for ps and gdb only
            raw->run();
        });
    } catch (const std::system_error& error) {
        (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);  // a mask that was in force a moment ago
        return base::Error{base::Errc::unavailable, std::string("cut-off thread: ") + error.what()};
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);  // as above
    return std::unique_ptr<CutOff>(new CutOff(std::move(impl)));
}

CutOff::CutOff(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

CutOff::~CutOff() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->ended = true;
        for (const auto& guard : impl_->guards) {
            if (!guard->line->active()) continue;
            if (const auto set = guard->line->set(false); !set)
                impl_->log.error("cut_off_failed", {{"error", set.error().message}});
        }
    }
    impl_->wake_up();
    impl_->thread.join();
}

std::unique_ptr<OutputLine> CutOff::guard(std::unique_ptr<OutputLine> line, OnTimeLimit limit,
                                          std::function<void()> on_cut) {
    assert(line && !line->active() && limit.longest_on > std::chrono::nanoseconds(0));
    auto guarded = std::make_shared<Guard>(std::move(line), limit, std::move(on_cut));
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->guards.push_back(guarded);
    }
    return std::make_unique<GuardedLine>(impl_, std::move(guarded));
}

void CutOff::prove_alive(std::function<void()> alive) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->alive = std::move(alive);
    }
    impl_->wake_up();
}

}  // namespace hal
