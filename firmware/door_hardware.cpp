#include "firmware/door_hardware.hpp"

#include "firmware/simulated_wiring.hpp"
#include "hal/gpiod/source.hpp"
#include "hal/rested_line.hpp"

#include <utility>

namespace firmware {

DoorHardware::DoorHardware(hal::EventLoop& loop, const base::Clock& clock, const base::Log& log,
                           const Config& config)
    : loop_(loop), clock_(clock), log_(log), config_(config) {}

base::Result<std::unique_ptr<DoorHardware>> DoorHardware::open(
    hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config,
    const std::optional<SimulationFiles>& simulation, std::vector<StoredDescriptor> stored) {
    std::unique_ptr<DoorHardware> hardware(new DoorHardware(loop, clock, log, config));
    if (simulation) {
        if (auto started = hardware->simulate(*simulation); !started) return started.error();
    } else {
        auto source = hal::open_gpio(loop, log);
        if (!source) return source.error();
        hardware->source_ = std::move(*source);
    }
    auto lines = std::make_unique<StoredLines>(std::move(hardware->source_),
                                               meant_for(config.lock.kind, std::move(stored)));
    StoredLines& adopting = *lines;
    hardware->source_ = std::move(lines);
    auto cut_off = hal::CutOff::start(loop, log);
    if (!cut_off) return cut_off.error();
    hardware->cut_off_ = std::move(*cut_off);
    const auto guard = [&clock, &log, &cut = *hardware->cut_off_](
                           std::unique_ptr<hal::OutputLine> line,
                           hal::OnTimeLimit limit) -> std::unique_ptr<hal::OutputLine> {
        if (limit.longest_on.count() == 0) {
            return std::make_unique<hal::RestedLine>(std::move(line), limit, clock);
        }
        return cut.guard(std::move(line), limit, [&log] {
            log.error("cut_off", {{"reason", "a line was under power for too long"}});
        });
    };
    auto bolt = Bolt::open(*hardware->source_, guard, config.lock, config.lines);
    if (!bolt) return bolt.error();
    hardware->bolt_ = std::move(*bolt);
    adopting.release_others();
    hardware->adopted_ = hardware->bolt_->powered();
    if (hardware->adopted_) log.info("power_adopted", {{"line", config.lines.power->line}});
    return hardware;
}

bool DoorHardware::leave_power(const std::function<bool(const std::string&, int)>& store) {
    const hal::OutputLine* line = bolt_->held_by_power();
    if (line == nullptr || !store(store_name(*config_.lines.power), line->descriptor())) return false;
    bolt_->leave();
    return true;
}

base::Result<void> DoorHardware::settle_adopted() {
    if (!std::exchange(adopted_, false) || driven_) return {};
    return bolt_->set(Drive::off);
}

base::Result<void> DoorHardware::simulate(const SimulationFiles& files) {
    wiring_ = std::make_unique<hal::Wiring>(clock_);
    build_simulated_door(config_, *wiring_);
    auto simulator = hal::Simulator::start(loop_, *wiring_, clock_, log_,
                                           {.vcd_file = files.vcd_file,
                                            .control_socket = files.control_socket,
                                            .state_file = config_.state_directory + "/simulation"});
    if (!simulator) return simulator.error();
    simulator_ = std::move(*simulator);
    source_ = std::make_unique<hal::MockSource>(*wiring_);
    return {};
}

base::Result<void> DoorHardware::add(const std::optional<hal::LineConfig>& line,
                                     std::chrono::milliseconds still, DebouncedInput::Handler handler,
                                     std::optional<bool> when_dead) {
    if (!line) return {};
    auto input = DebouncedInput::open(*source_, loop_, log_, *line, still, std::move(handler), when_dead);
    if (!input) return input.error();
    inputs_.push_back(std::move(*input));
    return {};
}

base::Result<void> DoorHardware::listen(Door& door) {
    const DoorLines& lines = config_.lines;
    // Fire first, and a fire loop that cannot be read is fire.
    base::Result<void> added = add(
        lines.fire_loop, lines.fire_debounce, [&door](bool active) { door.fire_loop(active); }, true);
    if (added) {
        added = add(lines.fire_reset, lines.fire_debounce, [&door](bool active) { door.fire_reset(active); });
    }
    if (added)
        added = add(lines.locked_switch, lines.bolt_debounce, [this, &door](bool active) {
            switches_.locked = active;
            door.switches(switches_);
        });
    if (added) {
        added = add(lines.unlocked_switch, lines.bolt_debounce, [this, &door](bool active) {
            switches_.unlocked = active;
            door.switches(switches_);
        });
    }
    if (added) {
        added = add(lines.contact, lines.door_debounce, [&door](bool active) { door.contact(active); });
    }
    // One that is dead is held by nobody, or the door would wait for it for ever.
    if (added) {
        added = add(
            lines.exit_button, lines.door_debounce,
            [&door](bool active) { active ? door.exit_pressed(true) : door.exit_released(); }, false);
    }
    if (added) added = add(lines.tamper, lines.door_debounce, [&door](bool active) { door.tamper(active); });
    return added;
}

}  // namespace firmware
