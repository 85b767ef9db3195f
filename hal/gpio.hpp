#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hal {

enum class Bias { as_is, disabled, pull_up, pull_down };
enum class Drive { push_pull, open_drain, open_source };

// Which line, and how it is wired. `line` is a line name as the kernel has it ("GPIO17"), else GPIO<n> as
// offset n of the Raspberry Pi's own controller, else "label:offset" of a chip ("pinctrl-bcm2711:17").
struct LineConfig {
    std::string line{};
    std::string consumer{};  // who holds it, as gpioinfo(1) shows; at most 31 characters
    bool active_low = false;
    Bias bias = Bias::as_is;
    Drive drive = Drive::push_pull;  // outputs only
};

// An output that is active or inactive; polarity is the line's own business. The line is released by the
// destructor, and what it does then is the kernel's choice: Raspberry Pi OS keeps driving it, so set the safe
// level before.
class OutputLine {
  public:
    virtual ~OutputLine() = default;
    virtual base::Result<void> set(bool active) = 0;
    // As set(true), for what must not wait: past a cool-down that is kept on this line. Its dead time and a
    // longest time on stand.
    virtual base::Result<void> set_active_at_once() { return set(true); }
    // What was last set, or the value of the request.
    [[nodiscard]] virtual bool active() const = 0;
    // The kernel's request of this line, by which it can be left to another process (adopt_output); -1 if
    // there is none.
    [[nodiscard]] virtual int descriptor() const { return -1; }

  protected:
    OutputLine() = default;
    OutputLine(const OutputLine&) = default;
    OutputLine& operator=(const OutputLine&) = default;
};

struct Edge {
    bool active = false;    // the value after the edge
    base::SteadyTime at{};  // the kernel's own time stamp
};

class InputLine {
  public:
    using Handler = std::function<void(Edge)>;

    virtual ~InputLine() = default;
    // The value now.
    virtual base::Result<bool> read() = 0;
    // Called on the loop thread for every edge from now on; one handler a line, the newer replaces the older,
    // an empty one ends it. Edges are not debounced.
    virtual void on_edge(Handler handler) = 0;

  protected:
    InputLine() = default;
    InputLine(const InputLine&) = default;
    InputLine& operator=(const InputLine&) = default;
};

// Where lines come from: a kernel's GPIO chips, or simulated wiring. Errors: not_found (no such line), busy
// (another process holds it; names the consumer), permission_denied (names the group or udev rule that cures
// it).
class LineSource {
  public:
    virtual ~LineSource() = default;
    // The initial value is part of the request: no edge leaves the pin before it has that value.
    virtual base::Result<std::unique_ptr<OutputLine>> request_output(const LineConfig& config,
                                                                     bool initially_active) = 0;
    virtual base::Result<std::unique_ptr<InputLine>> request_input(const LineConfig& config) = 0;

  protected:
    LineSource() = default;
    LineSource(const LineSource&) = default;
    LineSource& operator=(const LineSource&) = default;
};

}  // namespace hal
