#include "firmware/running_door.hpp"

#include "base/clock_sync.hpp"
#include "firmware/daemon.hpp"

#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

namespace firmware {

namespace {

constexpr std::chrono::milliseconds stop_time{1700};  // for the last words and writes
constexpr std::chrono::milliseconds exit_time{1800};  // SIGTERM to exit, whatever hangs
constexpr std::chrono::milliseconds adopted_time{
    3000};  // for the switches to speak, until power is taken off

// Ends the process, whatever hangs: a name that is being resolved, a card that does not answer. The files
// bear it at any moment. systemd would wait longer, kill, and take a planned restart for a crash.
void end_process_after(std::chrono::milliseconds time, int status) {
    std::thread([time, status] {
        std::this_thread::sleep_for(time);
        std::_Exit(status);
    }).detach();
}

}  // namespace

RunningDoor::RunningDoor(hal::EventLoop& loop, const base::Clock& clock, const base::Log& log,
                         const Config& config, StateFile& file, FireMarkFile& fire_file,
                         TelemetryFile& telemetry_file, DoorHardware& hardware, Remembered remembered)
    : loop_(loop),
      clock_(clock),
      log_(log),
      hardware_(hardware),
      boot_reason_(std::move(remembered.boot_reason)),
      machine_(loop, log),
      storage_(loop, file, fire_file),
      keeper_(storage_, clock, log, std::move(remembered.state)),
      telemetry_disk_(storage_, telemetry_file),
      telemetry_(std::move(remembered.telemetry), new_telemetry_id(), config.hub.identity.device_id,
                 config.telemetry, telemetry_disk_, clock, log, [this] { changed(); }),
      periodic_(reported_, clock),
      door_(config.lock, config.resting,
            {.contact = config.lines.contact.has_value(),
             .exit_button = config.lines.exit_button.has_value(),
             .fire = config.lines.fire_loop.has_value(),
             .tamper = config.lines.tamper.has_value()},
            clock, keeper_, log,
            {.drive = [this](Drive drive) { return hardware_.drive(drive); },
             .drive_at_once = [this](Drive drive) { return hardware_.drive(drive, Urgency::at_once); },
             .changed = [this] { changed(); },
             .event = [this](const Event& event) { telemetry_.add(event); },
             .date_is_kept = [] { return base::clock_is_synchronised(); }}),
      twin_(config.defaults, keeper_, reported_, clock, log,
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

base::Result<void> RunningDoor::start() {
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
void RunningDoor::changed() {
    if (std::exchange(update_posted_, true)) return;
    loop_.post([this] {
        update_posted_ = false;
        update();
    });
}

void RunningDoor::update() {
    settle_adopted(false);
    report_facts();
    link_.report();
    plan_wake();
    leave_if_done();
}

base::Json RunningDoor::boot_facts() const {
    return base::Json::object(
        {{"count", static_cast<std::int64_t>(keeper_.state().boots)}, {"reason", boot_reason_}});
}

void RunningDoor::report_facts() {
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
    notifier_.status(std::string(link_.online() ? "connected" : "not connected") + ", bolt " +
                     std::string(name_of(facts.lock)) + ", door " + std::string(name_of(facts.door)));
}

void RunningDoor::plan_wake() {
    std::optional<base::SteadyTime> due = door_.next_due();
    for (const auto& other : {link_.next_due(), twin_.next_due(), periodic_.next_due(), keeper_.next_due()}) {
        if (other && (!due || *other < *due)) due = other;
    }
    if (!due) return wake_.reset();
    wake_ = loop_.call_at(*due, [this] {
        door_.tick();
        link_.tick();
        twin_.tick();
        keeper_.tick([this](const base::Result<void>&) { changed(); });
        if (periodic_.tick(door_.clock_is_trusted())) link_.report();
        plan_wake();
    });
}

// Fed only by an answer of the thread that switches off, given on the loop: both must live.
void RunningDoor::feed_watchdog() {
    hardware_.prove_alive([this] { notifier_.alive(); });
    watchdog_ = loop_.call_after(*notifier_.watchdog() / 2, [this] { feed_watchdog(); });
}

void RunningDoor::stop(int exit_status, std::string_view why) {
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

void RunningDoor::switch_off_or_leave(bool planned) {
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
void RunningDoor::settle_adopted(bool time_is_up) {
    if (!hardware_.adopted()) return;
    if (door_.undecided() && !time_is_up) return;
    if (auto off = hardware_.settle_adopted(); !off)
        log_.error("line_failed", {{"reason", off.error().message}});
    door_.power_taken_off();
}

void RunningDoor::leave_if_done() {
    if (!stopping_ || !link_left_) return;
    if (!telemetry_.idle()) return;  // changed() follows
    if (keeper_.idle()) {
        loop_.stop();
    } else {
        keeper_.save([this](const base::Result<void>&) { changed(); });
    }
}

}  // namespace firmware
