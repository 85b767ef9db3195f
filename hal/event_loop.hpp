#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>

namespace hal {

// One thread's loop over epoll: timers, file descriptors, and work posted from other threads. Everything but
// post() and stop() belongs to the thread that runs it. Sleeps in the kernel when there is nothing to do: no
// periodic tick.
class EventLoop {
  public:
    // Keep it to stay registered, drop it to leave. May be dropped from inside its own handler, and outlive
    // the loop.
    class Registration {
      public:
        Registration() = default;
        Registration(Registration&&) noexcept;
        Registration& operator=(Registration&&) noexcept;
        ~Registration();
        void reset();
        [[nodiscard]] bool active() const;

      private:
        friend class EventLoop;
        struct State;
        explicit Registration(std::shared_ptr<State> state);
        std::shared_ptr<State> state_;
    };

    [[nodiscard]] static base::Result<std::unique_ptr<EventLoop>> create();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    // Runs `work` once on the loop thread. Thread-safe; the only crossing between threads. Work posted from
    // one thread runs in the order it was posted.
    void post(std::function<void()> work);

    // Calls `handler` once, at or after `due` on the steady clock.
    [[nodiscard]] Registration call_at(base::SteadyTime due, std::function<void()> handler);
    [[nodiscard]] Registration call_after(std::chrono::nanoseconds delay, std::function<void()> handler);

    // Calls `handler` whenever `fd` is readable (or broken: read(2) then tells). The caller keeps the
    // descriptor open while registered.
    [[nodiscard]] Registration on_readable(int fd, std::function<void()> handler);

    // Runs until stop(); work already posted by then is still run.
    void run();
    // Thread-safe.
    void stop();

  private:
    struct Impl;
    explicit EventLoop(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace hal
