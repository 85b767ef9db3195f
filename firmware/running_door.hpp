#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/config.hpp"
#include "firmware/door.hpp"
#include "firmware/door_hardware.hpp"
#include "firmware/hub_link.hpp"
#include "firmware/machine_restart.hpp"
#include "firmware/methods.hpp"
#include "firmware/mqtt/paho_client.hpp"
#include "firmware/periodic_report.hpp"
#include "firmware/remembered.hpp"
#include "firmware/reported.hpp"
#include "firmware/service_notifier.hpp"
#include "firmware/state_keeper.hpp"
#include "firmware/storage_thread.hpp"
#include "firmware/telemetry.hpp"
#include "firmware/telemetry_disk.hpp"
#include "firmware/twin.hpp"
#include "hal/event_loop.hpp"

#include <string>
#include <string_view>

namespace firmware {

// Why a run ends in which power that holds the bolt is left to the next.
inline constexpr std::string_view restart_planned = "restart";
inline constexpr std::string_view reboot_asked = "reboot";

// The parts of a door that runs, in order of dependence, and what each has to hear of the others. On the loop
// thread.
class RunningDoor {
  public:
    RunningDoor(hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config,
                StateFile& file, FireMarkFile& fire_file, TelemetryFile& telemetry_file,
                DoorHardware& hardware, Remembered remembered);

    [[nodiscard]] base::Result<void> start();
    void stop(int exit_status, std::string_view why);
    [[nodiscard]] int exit_status() const { return exit_status_; }

  private:
    void changed();
    void update();
    [[nodiscard]] base::Json boot_facts() const;
    void report_facts();
    void plan_wake();
    void feed_watchdog();
    void switch_off_or_leave(bool planned);
    void settle_adopted(bool time_is_up);
    void leave_if_done();

    hal::EventLoop& loop_;
    const base::Clock& clock_;
    const base::Log& log_;
    DoorHardware& hardware_;
    std::string boot_reason_;
    ServiceNotifier notifier_;
    MachineRestart machine_;
    StorageThread storage_;
    StateKeeper keeper_;
    TelemetryDisk telemetry_disk_;
    Telemetry telemetry_;
    Reported reported_;
    PeriodicReport periodic_;
    Door door_;
    Twin twin_;
    Methods methods_;
    PahoClient client_;
    HubLink link_;
    hal::EventLoop::Registration wake_;
    hal::EventLoop::Registration watchdog_;
    hal::EventLoop::Registration stop_limit_;
    hal::EventLoop::Registration adopted_limit_;
    bool update_posted_ = false;
    bool stopping_ = false;
    bool link_left_ = false;
    int exit_status_ = 0;
};

}  // namespace firmware
