#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hal {

class Wiring;

// A coil or the input of a driver: what an output line of the door works on. Its own resistor holds it
// inactive while nothing drives the wire.
struct Coil {
    std::string line{};
    std::string label{};  // for the record: "lock_drive"; the signal is then GPIO17_lock_drive
    bool active_low = false;
};

// A contact that an input line of the door looks at. An open contact leaves the line to its bias; without a
// bias, to a resistor that somebody fitted on the right side. A broken wire looks like an open contact.
struct Contact {
    std::string line{};
    std::string label{};
    bool active_low = false;       // as in the line's configuration: closing to ground
    bool normally_closed = false;  // open while active (fire loop, tamper loop)
};

// A simulated part of the installation. All virtual functions are called by the Wiring, one at a time.
class Part {
  public:
    Part(Wiring& wiring, std::string name) : wiring_(wiring), name_(std::move(name)) {}
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    virtual ~Part() = default;

    // The word by which commands call it: "bolt", "door", "exit".
    [[nodiscard]] const std::string& name() const { return name_; }

    // Lives from the last call until `to` under the levels that were seen then, and looks at the levels
    // again. `to` is never beyond next_due().
    virtual void advance(base::SteadyTime to) = 0;
    // When something will change by itself; later than the last advance().
    [[nodiscard]] virtual std::optional<base::SteadyTime> next_due() const = 0;

    // "locked position=1.00 jammed"
    [[nodiscard]] virtual std::string describe() const = 0;
    // The commands that it understands, with its name: "door open|close|force".
    [[nodiscard]] virtual std::string usage() const = 0;
    // A command for this part, already without its name: {"jam"} or {"press", "500ms"}. Returns what to say
    // after "ok"; the error names the words that would be right.
    virtual base::Result<std::string> command(std::span<const std::string_view> words) = 0;

    // Whether it keeps the door from being opened.
    [[nodiscard]] virtual bool holds_door() const { return false; }
    // Whether it keeps an open door from being closed.
    [[nodiscard]] virtual bool blocks_door() const { return false; }

    // What a part keeps without power, as one word of text; empty if it keeps nothing.
    [[nodiscard]] virtual std::string snapshot() const { return {}; }
    virtual base::Result<void> restore(std::string_view) { return {}; }

  protected:
    Wiring& wiring_;

  private:
    std::string name_;
};

}  // namespace hal
