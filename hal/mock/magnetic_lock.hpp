#pragma once

#include "hal/mock/door.hpp"
#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <optional>

namespace hal {

// A magnet that holds an armature while it is energised and the door is closed; a bond sensor says whether it
// does. Lets go a moment after the power does.
class MagneticLock final : public Part {
  public:
    struct Config {
        Coil coil{};
        std::optional<Contact> bonded{};  // active while the armature is held
        Door* door = nullptr;             // whose armature it holds; nothing: a door that is always closed
        std::chrono::nanoseconds bond_delay{std::chrono::milliseconds(30)};
        std::chrono::nanoseconds release_delay{std::chrono::milliseconds(150)};
    };

    MagneticLock(Wiring& wiring, std::string name, Config config);

    // Dirt between magnet and armature: energised, but it does not hold.
    void foul();
    void clean();
    [[nodiscard]] bool bonded();

    void advance(base::SteadyTime to) override;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override { return settles_; }
    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] std::string usage() const override;
    base::Result<std::string> command(std::span<const std::string_view> words) override;
    [[nodiscard]] bool holds_door() const override { return is_bonded_; }

  private:
    Config config_;
    Wiring::Net coil_;
    std::optional<Wiring::Net> contact_;
    bool wants_ = false;
    bool is_bonded_ = false;
    bool fouled_ = false;
    std::optional<base::SteadyTime> settles_;
};

}  // namespace hal
