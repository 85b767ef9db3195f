#pragma once

#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <optional>

namespace hal {

// A part with one coil: an electric strike (fail-secure: energise to release; fail-safe: energise to hold),
// or a cheap solenoid latch. Follows its coil after a delay. Burns (a mishap) when it is energised for longer
// than it is rated for.
class Strike final : public Part {
  public:
    enum class WithoutPower { locked, unlocked };
    struct Config {
        Coil coil{};
        WithoutPower without_power = WithoutPower::locked;
        std::optional<Contact> locked{};    // active while it holds
        std::optional<Contact> unlocked{};  // active while it is released
        std::chrono::nanoseconds delay{std::chrono::milliseconds(40)};
        std::optional<std::chrono::nanoseconds> rated_on{};  // nothing: rated for continuous duty
    };

    Strike(Wiring& wiring, std::string name, Config config);

    // Mechanically stuck as it is.
    void jam();
    void free();
    [[nodiscard]] bool locked();

    void advance(base::SteadyTime to) override;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override;
    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] std::string usage() const override;
    base::Result<std::string> command(std::span<const std::string_view> words) override;
    [[nodiscard]] bool holds_door() const override { return is_locked_; }

  private:
    [[nodiscard]] bool locked_by(bool energised) const;
    void set_free();
    void show();

    Config config_;
    Wiring::Net coil_;
    std::optional<Wiring::Net> locked_;
    std::optional<Wiring::Net> unlocked_;
    bool energised_ = false;
    bool is_locked_;
    bool jammed_ = false;
    std::optional<base::SteadyTime> settles_;
    std::optional<base::SteadyTime> burns_;
};

}  // namespace hal
