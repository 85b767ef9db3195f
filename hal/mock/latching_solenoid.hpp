#pragma once

#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <optional>

namespace hal {

// Two coils, one for each direction: a pulse that is long enough flips it, and it keeps its place without
// power. Both coils at once flip nothing and are a mishap.
class LatchingSolenoid final : public Part {
  public:
    struct Config {
        Coil lock{};
        Coil unlock{};
        std::optional<Contact> locked{};
        std::optional<Contact> unlocked{};
        std::chrono::nanoseconds pulse{std::chrono::milliseconds(20)};  // the shortest that flips it
        bool starts_locked = false;
    };

    LatchingSolenoid(Wiring& wiring, std::string name, Config config);

    void jam();
    void free();
    [[nodiscard]] bool locked();

    void advance(base::SteadyTime to) override;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override { return flips_; }
    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] std::string usage() const override;
    base::Result<std::string> command(std::span<const std::string_view> words) override;
    [[nodiscard]] bool holds_door() const override { return is_locked_; }
    [[nodiscard]] bool blocks_door() const override { return holds_door(); }
    [[nodiscard]] std::string snapshot() const override;
    base::Result<void> restore(std::string_view text) override;

  private:
    void show();

    Config config_;
    Wiring::Net lock_;
    Wiring::Net unlock_;
    std::optional<Wiring::Net> locked_;
    std::optional<Wiring::Net> unlocked_;
    bool is_locked_;
    bool jammed_ = false;
    bool drives_lock_ = false;
    bool drives_unlock_ = false;
    std::optional<base::SteadyTime> flips_;
};

}  // namespace hal
