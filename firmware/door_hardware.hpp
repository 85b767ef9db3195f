#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/bolt.hpp"
#include "firmware/config.hpp"
#include "firmware/debounced_input.hpp"
#include "firmware/door.hpp"
#include "firmware/stored_lines.hpp"
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
    // Outputs are inactive from the request on, but for a line that was left under power through a planned
    // restart and is among `stored`; inputs stay silent until listen().
    [[nodiscard]] static base::Result<std::unique_ptr<DoorHardware>> open(
        hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config,
        const std::optional<SimulationFiles>& simulation, std::vector<StoredDescriptor> stored = {});
    DoorHardware(const DoorHardware&) = delete;
    DoorHardware& operator=(const DoorHardware&) = delete;
    ~DoorHardware() = default;  // switches everything off that was not left

    [[nodiscard]] base::Result<void> drive(Drive drive, Urgency urgency = Urgency::usual) {
        driven_ = driven_ || drive != Drive::off;
        return bolt_->set(drive, urgency);
    }
    // Leaves the line that holds the bolt by power to the next process: `store` is given its name and request
    // and says whether they are kept. False if there is no such line, or it is not kept: then nothing is
    // left.
    [[nodiscard]] bool leave_power(const std::function<bool(const std::string& name, int descriptor)>& store);
    // A line was adopted under power and nothing has been decided about it.
    [[nodiscard]] bool adopted() const { return adopted_; }
    // It has been decided: what was adopted and not driven since goes off.
    [[nodiscard]] base::Result<void> settle_adopted();
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
    bool adopted_ = false;
    bool driven_ = false;
};

}  // namespace firmware
