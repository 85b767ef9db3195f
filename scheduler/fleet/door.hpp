#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fleet {

struct Answer {
    int status = 200;
    std::string payload;  // JSON
    bool operator==(const Answer&) const = default;
};

// What a simulated door does with a direct method.
enum class Temper {
    willing,
    refusing,  // every actuation is a 409, as of a door that stands open
    silent,    // no method is ever answered
};

// A door without a bolt: it is locked as soon as it is told to. It rests locked. Pure.
class Door {
  public:
    explicit Door(Temper temper) : temper_(temper) {}

    // The answer to lockDoor, unlockDoor, getStatus or reboot as doorlockd gives it; nothing from a silent
    // door. An actuation with the commandId of the one before is answered as that was, and moves nothing.
    [[nodiscard]] std::optional<Answer> call(std::string_view method, std::string_view payload,
                                             base::SteadyTime now, base::SystemTime date);

    // When the hold ends, if there is one that ends.
    [[nodiscard]] std::optional<base::SteadyTime> hold_ends() const { return hold_ends_; }
    // Back to the resting state if the hold has ended by then.
    void let_go(base::SteadyTime now);

    // The value of the reported property "lock".
    [[nodiscard]] std::string lock_json() const;
    // Whether lock_json() has changed since this was last asked.
    [[nodiscard]] bool take_change();
    [[nodiscard]] std::uint64_t actuations() const { return actuations_; }

  private:
    [[nodiscard]] Answer actuate(bool lock, std::string_view payload, base::SteadyTime now,
                                 base::SystemTime date);

    Temper temper_;
    bool locked_ = true;
    bool changed_ = false;
    std::optional<base::SteadyTime> hold_ends_;
    std::string hold_text_;  // its end as a date
    std::string last_command_;
    Answer last_answer_;
    std::uint64_t actuations_ = 0;
};

}  // namespace fleet
