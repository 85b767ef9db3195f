#pragma once

#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <optional>

namespace hal {

// A contact that people or their machines work: request-to-exit, tamper loop, fire loop. Released at the
// start.
class Button final : public Part {
  public:
    struct Config {
        Contact contact{};
    };

    Button(Wiring& wiring, std::string name, const Config& config);

    // Active for so long, then released by itself.
    void press(std::chrono::nanoseconds how_long = std::chrono::milliseconds(200));
    // Active until release().
    void hold();
    void release();

    void advance(base::SteadyTime to) override;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override { return releases_; }
    [[nodiscard]] std::string describe() const override { return active_ ? "active" : "released"; }
    [[nodiscard]] std::string usage() const override;
    base::Result<std::string> command(std::span<const std::string_view> words) override;

  private:
    void set(bool active);

    Wiring::Net contact_;
    bool active_ = false;
    std::optional<base::SteadyTime> releases_;
};

}  // namespace hal
