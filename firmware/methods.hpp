#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/answer.hpp"
#include "firmware/door.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

namespace firmware {

// What a door allows in the arguments of lockDoor and unlockDoor.
struct HoldLimits {
    std::chrono::milliseconds shortest{100};
    std::chrono::milliseconds longest{std::chrono::hours(24 * 7)};
    // An actuator that may be under power so long only: unlockTime is then required and bounded by this.
    std::optional<std::chrono::milliseconds> longest_unlock;
};

// The payload of a direct method as an object: an object, a string that contains one, null, or nothing (both
// an empty object). At most 8 KiB.
[[nodiscard]] base::Result<base::Json> parse_payload(std::string_view payload);

// The arguments of lockDoor (target locked) or unlockDoor, or the 400 that says which is wrong and what would
// be right.
[[nodiscard]] std::variant<Command, Answer> parse_lock_arguments(Target target, base::JsonView arguments,
                                                                 const HoldLimits& limits);

// Direct methods by name. Every call is answered once, now or later, on the loop thread.
class Methods {
  public:
    struct Seams {
        // Adds to getStatus what the door itself does not know.
        std::function<void(base::Json&)> status;
        // The service is to end in such a way that it is started again; the answer is on its way.
        std::function<void()> restart;
        // The machine is to restart; nothing: the configuration does not allow it.
        std::function<void()> restart_machine{};
    };

    Methods(Door& door, const HoldLimits& limits, const base::Clock& clock, const base::Log& log,
            Seams seams);

    void call(std::string_view name, std::string_view payload, Door::Done done);

  private:
    void dispatch(std::string_view name, std::string_view payload, const Door::Done& done);
    void move(Target target, base::JsonView arguments, const Door::Done& done);
    [[nodiscard]] Answer get_status(base::JsonView arguments) const;
    [[nodiscard]] Answer reboot(base::JsonView arguments) const;

    Door& door_;
    HoldLimits limits_;
    const base::Clock& clock_;
    const base::Log& log_;
    Seams seams_;
};

}  // namespace firmware
