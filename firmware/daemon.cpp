#include "firmware/daemon.hpp"

#include "firmware/running_door.hpp"
#include "firmware/state_lock.hpp"
#include "hal/signals.hpp"

#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

namespace firmware {

base::Result<int> run_door(const Config& config, const base::Log& log,
                           const std::optional<SimulationFiles>& simulation,
                           std::vector<StoredDescriptor> stored) {
    std::error_code error;
    std::filesystem::create_directories(config.state_directory, error);
    if (error) {
        return base::Error{base::Errc::io, "state_directory " + config.state_directory +
                                               " cannot be made: " + error.message()};
    }
    const auto lock = StateLock::take(config.state_directory);
    if (!lock && lock.error().code == base::Errc::busy) return lock.error();
    // A disk that fails must not keep people inside: the exit button works without it.
    if (!lock) log.error("state_not_locked", {{"reason", lock.error().message}});
    const base::RealClock clock;
    auto loop = hal::EventLoop::create();
    if (!loop) return loop.error();
    RunningDoor* running = nullptr;
    auto signals = hal::SignalWatch::create(**loop, {SIGTERM, SIGINT, SIGUSR1}, [&running](int signal) {
        const std::string_view why = signal == SIGTERM   ? "stop"
                                     : signal == SIGUSR1 ? restart_planned
                                                         : "interrupted";
        if (running != nullptr) running->stop(0, why);
    });
    if (!signals) return signals.error();
    base::PosixFileLayer files;
    StateFile file(files, config.state_directory);
    TelemetryFile telemetry_file(files, config.state_directory);
    FireMarkFile fire_file(files, config.state_directory);
    Remembered remembered =
        remember(file, fire_file, telemetry_file, config.lines.fire_loop.has_value(), log);
    auto hardware = DoorHardware::open(**loop, clock, log, config, simulation, std::move(stored));
    if (!hardware) return hardware.error();
    RunningDoor door(**loop, clock, log, config, file, fire_file, telemetry_file, **hardware,
                     std::move(remembered));
    if (auto started = door.start(); !started) return started.error();
    running = &door;
    (*loop)->run();
    running = nullptr;
    log.info("stopped", {{"status", door.exit_status()}});
    return door.exit_status();
}

}  // namespace firmware
