#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/bolt.hpp"
#include "firmware/config.hpp"
#include "firmware/debounced_input.hpp"
#include "firmware/door.hpp"
#include "hal/cutoff.hpp"
#include "hal/event_loop.hpp"
#include "hal/gpio.hpp"
#include "hal/mock/simulator.hpp"
#include "hal/mock/wiring.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace firmware {

// Simulated wiring in place of GPIO.
struct SimulationFiles {
    std::string vcd_file;        // empty: no recording
    std::string control_socket;  // empty: none
};

// The lines of one door: outputs behind the cut-off, inputs debounced, from the machine's GPIO or simulated.
class DoorHardware {
  public:
    // Outputs are inactive from the request on; inputs stay silent until listen().
    [[nodiscard]] static base::Result<std::unique_ptr<DoorHardware>> open(
        hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config,
        const std::optional<SimulationFiles>& simulation);
    DoorHardware(const DoorHardware&) = delete;
    DoorHardware& operator=(const DoorHardware&) = delete;
    ~DoorHardware() = default;  // switches everything off

    [[nodiscard]] base::Result<void> drive(Drive drive, Urgency urgency = Urgency::usual) {
        return bolt_->set(drive, urgency);
    }
    // The inputs speak to this door from now on.
    [[nodiscard]] base::Result<void> listen(Door& door);
    // `alive` is called when the thread that switches off has shown that it lives.
    void prove_alive(std::function<void()> alive) { cut_off_->prove_alive(std::move(alive)); }

  private:
    DoorHardware(hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config);
    [[nodiscard]] base::Result<void> simulate(const SimulationFiles& files);
    [[nodiscard]] base::Result<void> add(const std::optional<hal::LineConfig>& line,
                                         std::chrono::milliseconds still, DebouncedInput::Handler handler,
                                         std::optional<bool> when_dead = {});

    hal::EventLoop& loop_;
    const base::Clock& clock_;
    const base::Log& log_;
    const Config& config_;
    std::unique_ptr<hal::Wiring> wiring_;
    std::unique_ptr<hal::LineSource> source_;
    std::unique_ptr<hal::CutOff> cut_off_;
    std::unique_ptr<hal::Simulator> simulator_;
    std::unique_ptr<Bolt> bolt_;
    std::vector<std::unique_ptr<DebouncedInput>> inputs_;
    BoltSwitches switches_;
};

}  // namespace firmware
