#pragma once

#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <optional>

namespace hal {

// A bolt that a motor drives through an H-bridge: it moves while one direction is driven, stays where it is
// when none is, and works an end switch at either end. Both directions at once short the bridge: nothing
// moves, and a mishap is recorded. Keeps its position without power.
class MotorBolt final : public Part {
  public:
    struct Config {
        Coil lock{};
        Coil unlock{};
        std::optional<Contact> locked{};    // active while the bolt is fully thrown
        std::optional<Contact> unlocked{};  // active while it is fully withdrawn
        std::chrono::nanoseconds travel{std::chrono::milliseconds(800)};  // from end to end
        double position = 0;        // at the start: 0 withdrawn, 1 thrown
        double switch_zone = 0.02;  // how near to an end the switch works
    };

    MotorBolt(Wiring& wiring, std::string name, Config config);

    // Stuck where it is, whatever drives it.
    void jam();
    // Something is in the way: the bolt cannot pass `position` in either direction.
    void obstruct(double position);
    // Neither jammed nor obstructed.
    void free();
    // Somebody turns the key or the thumb-turn.
    void turn_by_hand(double position);
    [[nodiscard]] double position();

    void advance(base::SteadyTime to) override;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override;
    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] std::string usage() const override;
    base::Result<std::string> command(std::span<const std::string_view> words) override;
    [[nodiscard]] bool holds_door() const override;
    [[nodiscard]] bool blocks_door() const override { return holds_door(); }
    [[nodiscard]] std::string snapshot() const override;
    base::Result<void> restore(std::string_view text) override;

  private:
    // How far the bolt is out, as the time the motor needs for it: exact, so that no step of time is lost.
    using Way = std::chrono::nanoseconds;

    [[nodiscard]] Way way_of(double position) const;
    [[nodiscard]] double position_of(Way way) const;
    // -1 withdrawing, 0 standing, +1 throwing
    [[nodiscard]] int direction() const;
    // Where it stops if the drive stays on.
    [[nodiscard]] Way target(int direction) const;
    // The next place that somebody sees: an end switch, a step of the recorded position, the end.
    [[nodiscard]] Way next_place(int direction) const;
    void move_to(Way way);
    void look_at_drives();

    Config config_;
    Wiring::Net lock_;
    Wiring::Net unlock_;
    std::optional<Wiring::Net> locked_;
    std::optional<Wiring::Net> unlocked_;
    Wiring::Signal position_signal_;
    Way way_;
    Way zone_;  // of the switches
    bool drives_lock_ = false;
    bool drives_unlock_ = false;
    bool jammed_ = false;
    std::optional<Way> obstacle_;
    base::SteadyTime last_;
};

}  // namespace hal
