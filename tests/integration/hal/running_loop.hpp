#pragma once

#include "hal/event_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>

// A real loop for a test. Waiting runs the loop and ends after at most `patience`.
struct RunningLoop {
    std::unique_ptr<hal::EventLoop> owner = std::move(*hal::EventLoop::create());
    hal::EventLoop& loop = *owner;

    static constexpr auto patience = std::chrono::seconds(20);

    // Runs the loop until `done` says so, looking after every millisecond; false if it never did.
    bool run_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + patience;
        hal::EventLoop::Registration look;
        const std::function<void()> check = [&] {
            if (done() || std::chrono::steady_clock::now() >= end)
                loop.stop();
            else
                look = loop.call_after(std::chrono::milliseconds(1), check);
        };
        look = loop.call_after(std::chrono::nanoseconds(0), check);
        loop.run();
        return done();
    }

    void run_for(std::chrono::nanoseconds time) {
        const auto end = loop.call_after(time, [this] { loop.stop(); });
        loop.run();
    }
};
