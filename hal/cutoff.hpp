#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "hal/event_loop.hpp"
#include "hal/gpio.hpp"
#include "hal/on_time.hpp"

#include <functional>
#include <memory>

namespace hal {

// A thread of its own that owns the off-switch of momentary actuators and nothing else: whatever the loop
// does (blocks, spins, waits for a disk), a guarded line is switched off when its time is over.
// CLOCK_MONOTONIC. Make one before the lines it guards and end it after them; it blocks every signal in its
// thread.
class CutOff {
  public:
    // `loop` is where the owners of the lines live; their on_cut handlers run there.
    [[nodiscard]] static base::Result<std::unique_ptr<CutOff>> start(EventLoop& loop, const base::Log& log);
    CutOff(const CutOff&) = delete;
    CutOff& operator=(const CutOff&) = delete;
    // Switches off every guarded line that is still active, then ends the thread.
    ~CutOff();

    // Takes `line`, which must be inactive, and returns a line that obeys `limit`, which has a longest_on:
    //  - set(true) starts the time; set(true) again while active does not extend it;
    //  - when the time is over the thread sets the line inactive (again every 100 ms if the line refuses) and
    //    posts on_cut to the loop;
    //  - set(true) before shortest_off and dead_time have passed since the line went off is Errc::busy, and
    //    names the time that is left; set_active_at_once() asks for dead_time alone;
    //  - set(false) is never late and never refused.
    // The returned line switches off what it held when it is destroyed, and on_cut is not called afterwards.
    // One that outlives the CutOff can no longer be switched on.
    [[nodiscard]] std::unique_ptr<OutputLine> guard(std::unique_ptr<OutputLine> line, OnTimeLimit limit,
                                                    std::function<void()> on_cut = {});

    // Asks the thread to show that it lives; `alive` then runs on the loop. For the watchdog, which is fed
    // only by an answer. A question that is still open when the next comes is answered once.
    void prove_alive(std::function<void()> alive);

  private:
    struct Impl;
    class Guard;
    class GuardedLine;
    explicit CutOff(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace hal
