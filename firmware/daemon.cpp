#include "firmware/daemon.hpp"

#include "firmware/hub_link.hpp"
#include "firmware/machine_restart.hpp"
#include "firmware/methods.hpp"
#include "firmware/mqtt/paho_client.hpp"
#include "firmware/periodic_report.hpp"
#include "firmware/reported.hpp"
#include "firmware/service_notifier.hpp"
#include "firmware/state_file.hpp"
#include "firmware/state_keeper.hpp"
#include "firmware/state_lock.hpp"
#include "firmware/storage_thread.hpp"
#include "firmware/telemetry.hpp"
#include "firmware/telemetry_disk.hpp"
#include "firmware/twin.hpp"
#include "hal/event_loop.hpp"
#include "hal/signals.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

namespace firmware {

namespace {

constexpr std::chrono::milliseconds stop_time{1700};  // for the last words and writes
constexpr std::chrono::milliseconds exit_time{1800};  // SIGTERM to exit, whatever hangs
constexpr std::chrono::milliseconds adopted_time{
    3000};  // for the switches to speak, until power is taken off

// Why a run ends in which power that holds the bolt is left to the next.
constexpr std::string_view restart_planned = "restart";
constexpr std::string_view reboot_asked = "reboot";

struct Loaded {
    State state;
    std::string boot_reason;
    TelemetryContent telemetry;
};

// What was there before; a state that cannot be read must not keep a door from working.
Loaded load_state(StateFile& file, const base::Log& log) {
    auto text = file.load();
    if (!text) {
        log.error("state_lost",
                  {{"reason", text.error().message}, {"cure", "the door goes to its resting state"}});
        return {State{}, "state_lost", {}};
    }
    if (!*text) return {State{}, "first_start", {}};
    auto state = parse_state(**text);
    if (!state) {
        log.error("state_lost",
                  {{"reason", state.error().message}, {"cure", "the door goes to its resting state"}});
        return {State{}, "state_lost", {}};
    }
    std::string reason = state->ended.empty() ? "crash" : state->ended;
    return {std::move(*state), std::move(reason), {}};
}

// The events that the hub has not acknowledged.
TelemetryContent load_telemetry(TelemetryFile& file, const base::Log& log) {
    auto content = file.load();
    if (!content) {
        log.error("telemetry_lost", {{"reason", content.error().message}});
        return {};
    }
    if (content->damaged) {
        log.warning("telemetry_damaged", {{"reason", "a power cut in the midst of a write, or a bad card"},
                                          {"dropped", content->dropped},
                                          {"waiting", content->waiting.size()}});
    }
    return std::move(*content);
}

// Ends the process, whatever hangs: a name that is being resolved, a card that does not answer. The files
// bear it at any moment. systemd would wait longer, kill, and take a planned restart for a crash.
void end_process_after(std::chrono::milliseconds time, int status) {
    std::thread([time, status] {
        std::this_thread::sleep_for(time);
        std::_Exit(status);
    }).detach();
}

// The parts of a running door, in order of dependence.
class Daemon {
  public:
    Daemon(hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config,
           StateFile& file, TelemetryFile& telemetry_file, DoorHardware& hardware, Loaded loaded);

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

Daemon::Daemon(hal::EventLoop& loop, const base::Clock& clock, const base::Log& log, const Config& config,
               StateFile& file, TelemetryFile& telemetry_file, DoorHardware& hardware, Loaded loaded)
    : loop_(loop),
      clock_(clock),
      log_(log),
      hardware_(hardware),
      boot_reason_(std::move(loaded.boot_reason)),
      machine_(loop, log),
      storage_(loop, file),
      keeper_(storage_, clock, log, std::move(loaded.state)),
      telemetry_disk_(storage_, telemetry_file),
      telemetry_(std::move(loaded.telemetry), new_telemetry_id(), config.hub.identity.device_id,
                 config.telemetry, telemetry_disk_, clock, log, [this] { changed(); }),
      periodic_(reported_, clock),
      door_(config.lock, config.resting,
            {.contact = config.lines.contact.has_value(),
             .fire = config.lines.fire_loop.has_value(),
             .tamper = config.lines.tamper.has_value()},
            clock, keeper_, log,
            {.drive = [this](Drive drive) { return hardware_.drive(drive); },
             .drive_at_once = [this](Drive drive) { return hardware_.drive(drive, Urgency::at_once); },
             .changed = [this] { changed(); },
             .event = [this](const Event& event) { telemetry_.add(event); }}),
      twin_(config.defaults, keeper_, reported_, log,
            [this] {
                door_.set_behaviour(twin_.behaviour());
                changed();
            }),
      methods_(door_, config.limits, clock, log,
               {.status =
                    [this](base::Json& facts) {
                        for (const PropertyRule& rule : property_rules()) {
                            if (const auto value = twin_.value(rule.name); value.exists()) {
                                facts.set(rule.name, base::Json(value));
                            }
                        }
                        facts.set("firmwareVersion", DOORLOCK_VERSION);
                        facts.set("bootCount", static_cast<std::int64_t>(keeper_.state().boots));
                    },
                .restart = [this] { loop_.post([this] { stop(exit_restart, reboot_asked); }); },
                .restart_machine = config.allow_machine_reboot
                                       ? std::function<void()>([this] { machine_.request(); })
                                       : nullptr}),
      client_(loop, log),
      link_(config.hub, client_, twin_, reported_, telemetry_, clock, log, std::random_device{}(),
            {.call_method = [this](std::string_view name, std::string_view payload,
                                   HubLink::Done done) { methods_.call(name, payload, std::move(done)); },
             .changed = [this] { changed(); }}) {}

base::Result<void> Daemon::start() {
    State& state = keeper_.state();
    ++state.boots;
    state.ended.clear();
    log_.info("start", {{"version", DOORLOCK_VERSION},
                        {"boot", state.boots},
                        {"reason", boot_reason_},
                        {"bolt", name_of(door_.facts().lock)}});
    telemetry_.add(
        {.kind = "start",
         .facts = base::Json::object({{"boot", boot_facts()}, {"lock", describe_lock(door_.facts())}}),
         .at = clock_.system_now(),
         .clock_trusted = door_.clock_is_trusted()});
    door_.set_behaviour(twin_.behaviour());
    door_.start();
    if (auto listening = hardware_.listen(door_); !listening) return listening.error();
    keeper_.save();
    link_.start();
    if (hardware_.adopted())
        adopted_limit_ = loop_.call_after(adopted_time, [this] { settle_adopted(true); });
    notifier_.ready();
    if (notifier_.watchdog()) feed_watchdog();
    return {};
}

// Many facts can change in one turn of the loop; what follows from them is done once.
void Daemon::changed() {
    if (std::exchange(update_posted_, true)) return;
    loop_.post([this] {
        update_posted_ = false;
        update();
    });
}

void Daemon::update() {
    settle_adopted(false);
    report_facts();
    link_.report();
    plan_wake();
    leave_if_done();
}

base::Json Daemon::boot_facts() const {
    return base::Json::object(
        {{"count", static_cast<std::int64_t>(keeper_.state().boots)}, {"reason", boot_reason_}});
}

void Daemon::report_facts() {
    const DoorFacts facts = door_.facts();
    base::Json json = base::Json::object();
    describe(facts, json);
    for (const base::JsonView fact : json)
        reported_.set(fact.name(), base::Json(fact));
    reported_.set("firmware", base::Json::object({{"version", DOORLOCK_VERSION}}));
    reported_.set("boot", boot_facts());
    reported_.set("telemetry",
                  base::Json::object({{"dropped", static_cast<std::int64_t>(telemetry_.dropped())}}));
    reported_.set("ignoredProperties", static_cast<std::int64_t>(twin_.ignored()));
    periodic_.set_interval(twin_.report_interval());
    (void)periodic_.tick(door_.clock_is_trusted());
    reported_.set("clockTrusted", door_.clock_is_trusted());
    notifier_.status(std::string(link_.online() ? "connected" : "not connected") + ", bolt " +
                     std::string(name_of(facts.lock)) + ", door " + std::string(name_of(facts.door)));
}

void Daemon::plan_wake() {
    std::optional<base::SteadyTime> due = door_.next_due();
    for (const auto& other : {link_.next_due(), periodic_.next_due()}) {
        if (other && (!due || *other < *due)) due = other;
    }
    if (!due) return wake_.reset();
    wake_ = loop_.call_at(*due, [this] {
        door_.tick();
        link_.tick();
        if (periodic_.tick(door_.clock_is_trusted())) link_.report();
        plan_wake();
    });
}

// Fed only by an answer of the thread that switches off, given on the loop: both must live.
void Daemon::feed_watchdog() {
    hardware_.prove_alive([this] { notifier_.alive(); });
    watchdog_ = loop_.call_after(*notifier_.watchdog() / 2, [this] { feed_watchdog(); });
}

void Daemon::stop(int exit_status, std::string_view why) {
    if (std::exchange(stopping_, true)) return;
    exit_status_ = exit_status;
    log_.info("stopping", {{"reason", why}});
    notifier_.stopping();
    end_process_after(exit_time, exit_status);
    stop_limit_ = loop_.call_after(stop_time, [this] { loop_.stop(); });
    keeper_.state().ended = why;
    door_.stop();
    switch_off_or_leave(why == restart_planned || why == reboot_asked);
    telemetry_.hurry();
    report_facts();
    link_.stop([this] {
        link_left_ = true;
        changed();
    });
    changed();
}

void Daemon::switch_off_or_leave(bool planned) {
    const auto store = [this](const std::string& name, int descriptor) {
        return notifier_.store(name, descriptor);
    };
    if (planned && hardware_.leave_power(store)) {
        log_.info("power_left", {{"until", "the next process takes it"}});
        return;
    }
    if (auto off = hardware_.drive(Drive::off); !off)
        log_.error("line_failed", {{"reason", off.error().message}});
}

// The door knows where its bolt is to be, or time is up: a line that came under power from an earlier process
// and that this one has not driven goes off.
void Daemon::settle_adopted(bool time_is_up) {
    if (!hardware_.adopted()) return;
    if (door_.undecided() && !time_is_up) return;
    if (auto off = hardware_.settle_adopted(); !off)
        log_.error("line_failed", {{"reason", off.error().message}});
}

void Daemon::leave_if_done() {
    if (!stopping_ || !link_left_) return;
    if (!telemetry_.idle()) return;  // changed() follows
    if (keeper_.idle()) {
        loop_.stop();
    } else {
        keeper_.save([this](const base::Result<void>&) { changed(); });
    }
}

}  // namespace

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
    Daemon* running = nullptr;
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
    Loaded loaded = load_state(file, log);
    loaded.telemetry = load_telemetry(telemetry_file, log);
    auto hardware = DoorHardware::open(**loop, clock, log, config, simulation, std::move(stored));
    if (!hardware) return hardware.error();
    Daemon daemon(**loop, clock, log, config, file, telemetry_file, **hardware, std::move(loaded));
    if (auto started = daemon.start(); !started) return started.error();
    running = &daemon;
    (*loop)->run();
    running = nullptr;
    log.info("stopped", {{"status", daemon.exit_status()}});
    return daemon.exit_status();
}

}  // namespace firmware
