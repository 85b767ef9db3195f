#include "tests/unit/firmware/door_world.hpp"

#include "firmware/simulated_wiring.hpp"
#include "hal/on_time.hpp"

#include <algorithm>
#include <stdexcept>

namespace firmware {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::SystemTime some_day{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};

Config config_of(const std::string& lock, const std::string& rest) {
    const std::string text =
        R"({"connection": {"string": "HostName=hub.local;DeviceId=d;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg=="},
            "state_directory": "state", "lock": {)" +
        lock + "}" + rest + "}";
    auto parsed = parse_config(text, "/etc/doorlock");
    if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed))
        throw std::invalid_argument(mistakes->front().text);
    return std::move(std::get<Config>(parsed));
}

}  // namespace

// The times of the HAL on the clock of the test. It never has to refuse: the controller keeps them, too.
class DoorWorld::Guarded final : public hal::OutputLine {
  public:
    Guarded(DoorWorld& world, std::unique_ptr<hal::OutputLine> line, hal::OnTimeLimit limit)
        : world_(world), line_(std::move(line)), on_time_(limit) {}

    base::Result<void> set(bool active) override {
        if (active && !on_time_.may_switch_on(world_.clock_.steady_now()))
            world_.breaks("the HAL had to refuse a rest");
        return put(active);
    }
    base::Result<void> set_active_at_once() override {
        if (!on_time_.may_switch_on(world_.clock_.steady_now())) world_.seen_.insert("past the cool-down");
        if (!on_time_.may_switch_on(world_.clock_.steady_now(), true))
            world_.breaks("the HAL had to refuse a dead time");
        return put(true);
    }
    [[nodiscard]] bool active() const override { return line_->active(); }

  private:
    base::Result<void> put(bool active) {
        const auto now = world_.clock_.steady_now();
        active ? on_time_.switched_on(now) : on_time_.switched_off(now);
        return line_->set(active);
    }
    DoorWorld& world_;
    std::unique_ptr<hal::OutputLine> line_;
    hal::OnTime on_time_;
};

struct DoorWorld::Process {
    Process(DoorWorld& world, State state)
        : source(world.wiring_),
          keeper(*world.store_, world.clock_, log, std::move(state)),
          door(world.lock_as_mutated(), world.config_.resting,
               {.contact = world.config_.lines.contact.has_value(),
                .exit_button = world.config_.lines.exit_button.has_value(),
                .fire = world.config_.lines.fire_loop.has_value(),
                .tamper = world.config_.lines.tamper.has_value()},
               world.clock_, keeper, log,
               {.drive = [&world](Drive drive) { return world.drive(drive, Urgency::usual); },
                .drive_at_once = [&world](Drive drive) { return world.drive(drive, Urgency::at_once); },
                .changed = [] {},
                .event = [&world](const Event& event) { world.seen_.insert("event " + event.kind); }}) {}

    void listen(const std::optional<hal::LineConfig>& line, const std::function<void(bool)>& tell) {
        if (!line) return;
        auto input = source.request_input(*line);
        if (!input) throw std::runtime_error(input.error().message);
        tell(*(*input)->read());
        (*input)->on_edge([tell](hal::Edge edge) { tell(edge.active); });
        inputs.push_back(std::move(*input));
    }

    base::Log log = silent_log();
    hal::MockSource source;
    StateKeeper keeper;
    std::unique_ptr<Bolt> bolt;
    BoltSwitches switches;
    Door door;
    std::vector<std::unique_ptr<hal::InputLine>> inputs;
};

DoorWorld::DoorWorld(const std::string& lock, const std::string& rest, unsigned seed, Mutant mutant)
    : clock_(some_day), random_(seed), config_(config_of(lock, rest)), mutant_(mutant) {
    build_simulated_door(config_, wiring_);
    start();
}

DoorWorld::~DoorWorld() = default;

LockSettings DoorWorld::lock_as_mutated() const {
    LockSettings lock = config_.lock;
    if (mutant_ == Mutant::forgets_the_shortest_time_on) {
        lock.timings.min_on = milliseconds(0);
    } else if (mutant_ == Mutant::forgets_the_dead_time) {
        lock.timings.dead_time = milliseconds(0);
    }
    return lock;
}

void DoorWorld::start() {
    std::optional<std::string> durable = store_ ? store_->durable() : std::nullopt;
    State state = durable ? *parse_state(*durable) : State{};
    fire_ = state.fire.latched;
    loop_open_.reset();
    key_turned_.reset();
    waiting_ = 0;
    store_ = std::make_unique<FakeStore>(std::move(durable));
    process_ = std::make_unique<Process>(*this, std::move(state));
    const auto guard = [this](std::unique_ptr<hal::OutputLine> line, hal::OnTimeLimit limit) {
        return std::make_unique<Guarded>(*this, std::move(line), limit);
    };
    process_->bolt = std::move(*Bolt::open(process_->source, guard, config_.lock, config_.lines));
    Door& door = process_->door;
    door.set_behaviour({.ajar_time = seconds(20), .exit_time = seconds(3), .auto_relock = true});
    door.start();
    const DoorLines& lines = config_.lines;
    process_->listen(lines.fire_loop, [this](bool active) { loop(active); });
    process_->listen(lines.fire_reset, [this](bool active) { key(active); });
    process_->listen(lines.locked_switch, [this, &door](bool active) {
        process_->switches.locked = active;
        door.switches(process_->switches);
    });
    process_->listen(lines.unlocked_switch, [this, &door](bool active) {
        process_->switches.unlocked = active;
        door.switches(process_->switches);
    });
    process_->listen(lines.contact, [&door](bool active) { door.contact(active); });
    process_->listen(lines.exit_button, [this, &door](bool active) {
        active ? door.exit_pressed(mutant_ != Mutant::forgets_a_held_exit_button) : door.exit_released();
    });
    process_->listen(lines.tamper, [&door](bool active) { door.tamper(active); });
}

void DoorWorld::loop(bool open) {
    loop_open_ = open;
    fire_ = fire_ || open;
    process_->door.fire_loop(open);
}

void DoorWorld::key(bool turned) {
    if (key_turned_ == false && turned && loop_open_ == false) {
        if (fire_) seen_.insert("reset");
        fire_ = false;
    }
    key_turned_ = turned;
    process_->door.fire_reset(turned);
}

base::Result<void> DoorWorld::drive(Drive wanted, Urgency urgency) {
    ++drives_;
    if (wanted == Drive::toward_locked) {
        if (process_->door.fire_latched()) breaks("driven to locked under fire");
        const auto closed = process_->door.facts().door == DoorState::closed;
        if (config_.lock.lock_needs_closed_door && !closed) breaks("thrown on an open door");
    }
    if (drive_ != Drive::off && wanted != Drive::off && wanted != drive_)
        breaks("from one direction to the other without a pause");
    if (exit_is_held() && throws(wanted)) breaks("thrown while the exit button is held");
    check_pulse(wanted, urgency);
    drive_ = wanted;
    return process_->bolt->set(wanted, urgency);
}

// The button itself, whether the door has heard of it or not.
bool DoorWorld::exit_is_held() {
    const auto& button = config_.lines.exit_button;
    return button && wiring_.level(button->line) != button->active_low;
}

// Power for a time only ends also while somebody holds the button.
bool DoorWorld::throws(Drive wanted) {
    if (wanted == Drive::toward_locked) return true;
    const bool lets_go = wanted == Drive::off && drive_ == Drive::toward_unlocked;
    return lets_go && config_.lock.timings.max_on.count() == 0 &&
           powered_side(config_.lock.kind) == Target::unlocked &&
           process_->door.facts().lock == LockState::locking;
}

// However fast it is commanded, no line comes on or goes off for less than its shortest times.
void DoorWorld::check_pulse(Drive wanted, Urgency urgency) {
    const auto now = clock_.steady_now();
    const LockTimings& timings = config_.lock.timings;
    if (wanted != Drive::off && drive_ == Drive::off) {
        if (off_since_ && now < *off_since_ + timings.dead_time) breaks("off for less than the dead time");
        on_since_ = now;
    }
    if (wanted != Drive::off || drive_ == Drive::off) return;
    off_since_ = now;
    const auto shortest = config_.lock.kind == LockKind::latching_solenoid ? timings.pulse : timings.min_on;
    if (now >= on_since_ + shortest) return;
    const BoltSwitches& said = process_->switches;
    const bool throwing = drive_ == Drive::toward_locked;
    const bool lets_out = urgency == Urgency::at_once && throwing;
    const bool opened =
        config_.lock.lock_needs_closed_door && throwing && process_->door.facts().door != DoorState::closed;
    const bool at_end =
        config_.lock.kind == LockKind::motor_bolt && (throwing ? said.locked : said.unlocked) == true;
    if (!lets_out && !opened && !at_end) breaks("on for less than the shortest time");
}

void DoorWorld::pass(std::chrono::nanoseconds time) {
    const auto end = clock_.steady_now() + time;
    for (;;) {
        auto next = end;
        if (const auto due = wiring_.next_due()) next = std::min(next, *due);
        if (const auto due = process_->door.next_due()) next = std::min(next, *due);
        if (next > clock_.steady_now()) clock_.advance(next - clock_.steady_now());
        wiring_.tick();
        if (const auto due = process_->door.next_due(); due && *due <= clock_.steady_now())
            process_->door.tick();
        look();
        const auto wiring_due = wiring_.next_due();
        const auto door_due = process_->door.next_due();
        const bool more = (wiring_due && *wiring_due <= end) || (door_due && *door_due <= end);
        if (!broken_.empty() || (clock_.steady_now() >= end && !more)) return;
    }
}

void DoorWorld::hand(const std::string& command) {
    history_ += command + "; ";
    (void)wiring_.command(command);  // a door that is held does not open: its refusal is part of the world
    wiring_.tick();
}

void DoorWorld::people() {
    static const std::vector<std::string> hands{
        "press exit 200ms", "door open",    "door close",     "door close", "door force",
        "fire break",       "fire restore", "fire restore",   "hold reset", "release reset",
        "press reset 1s",   "tamper break", "tamper restore", "hold exit",  "release exit",
    };
    hand(hands[number(static_cast<unsigned>(hands.size()))]);
}

void DoorWorld::faults() {
    static const std::vector<std::string> hands{
        "bolt jam",          "bolt free",         "bolt foul",
        "bolt clean",        "wire break GPIO22", "wire mend GPIO22",
        "wire break GPIO16", "wire mend GPIO16",  "wire bounce GPIO22 4 1ms",
        "wire break GPIO17", "wire mend GPIO17",  "wire stick GPIO24",
        "wire mend GPIO24",
    };
    hand(hands[number(static_cast<unsigned>(hands.size()))]);
}

// A command, now and then one that was given before; its id may move the bolt once. Nothing else happens
// meanwhile, so every drive is of this command.
void DoorWorld::order() {
    store_->finish_all();
    const auto& durable = store_->durable();
    if (durable && process_->keeper.failure().empty() && parse_state(*durable)->fire.latched != fire_)
        breaks("the disk does not know of the fire, or of its end");
    const Target target = number(2) == 0 ? Target::locked : Target::unlocked;
    // One name for one target: another method would be refused.
    std::string id = (target == Target::locked ? "L" : "U") +
                     std::to_string(last_id_ > 0 && number(2) == 0 ? number(last_id_) : last_id_++);
    if (number(3) == 0) id.clear();
    const auto longest = config_.limits.longest_unlock;
    const bool for_ever = number(3) == 0 && !longest;
    const milliseconds time(200 + number(longest ? static_cast<unsigned>(longest->count()) - 200 : 20000));
    history_ += std::string(name_of(target)) + " " + id + "; ";
    const unsigned before = drives_;
    ++waiting_;
    process_->door.command({.method = target == Target::locked ? "lockDoor" : "unlockDoor",
                            .target = target,
                            .hold_for = for_ever ? std::nullopt : std::optional(time),
                            .command_id = id,
                            .not_after = std::nullopt},
                           [this](const Answer& answer) {
                               --waiting_;
                               seen_.insert("answer " + std::to_string(answer.status));
                           });
    const bool dies = number(4) == 0;
    for (unsigned left = number(3); store_->busy() && (!dies || left > 0); --left)
        store_->finish_one();
    if (!id.empty() && drives_ != before && !moved_.insert(id).second)
        breaks("commandId " + id + " has moved the bolt twice");
    if (dies) restart(number(2) == 0);
}

void DoorWorld::restart(bool power_cut) {
    history_ += power_cut ? "power cut; " : "crash; ";
    // `doorlockd safe`, or the resistors: every line is off.
    process_.reset();
    drive_ = Drive::off;
    off_since_.reset();
    if (power_cut) {
        // A Pi has no clock of its own.
        clock_.set_system(number(2) == 0 ? base::SystemTime{} : some_day + seconds(number(100000)));
        clock_.advance(seconds(number(3600)));
    }
    wiring_.tick();
    start();
    seen_.insert("restart");
}

// Without any further hand every command is answered within the time that is promised.
void DoorWorld::be_quiet() {
    const auto end = clock_.steady_now() + seconds(25);
    while (broken_.empty() && clock_.steady_now() < end) {
        store_->finish_all();
        pass(milliseconds(500));
    }
    store_->finish_all();
    if (waiting_ > 0) breaks("a command has no answer after 25 s");
}

void DoorWorld::act() {
    switch (number(10)) {
        case 0:
        case 1:
        case 2:
            // Now and then somebody, or something, commands faster than any bolt can follow.
            for (unsigned left = number(6) == 0 ? number(8) : 1; left > 0; --left) {
                order();
                if (number(3) == 0) pass(milliseconds(number(120)));
            }
            break;
        case 3:
        case 4:
            people();
            break;
        case 5:
            faults();
            break;
        case 6:
            if (number(6) == 0) be_quiet();
            if (number(6) == 0) restart(number(2) == 0);
            break;
        default: {
            const milliseconds time(number(2) == 0 ? number(1500) : number(9000));
            history_ += std::to_string(time.count()) + "ms; ";
            pass(time);
            if (store_->busy() && number(2) == 0) number(4) == 0 ? store_->fail_one() : store_->finish_one();
        }
    }
}

void DoorWorld::step() {
    act();
    look();
    if (history_.size() > 2000) history_.erase(0, 1000);
}

void DoorWorld::look() {
    Door& door = process_->door;
    const DoorFacts facts = door.facts();
    seen_.insert("lock " + std::string(name_of(facts.lock)));
    if (wiring_.mishap_count() > 0) breaks(wiring_.mishaps().back().text);
    if (config_.lines.fire_loop && door.fire_latched() != fire_)
        breaks(fire_ ? "fire is not latched" : "fire is latched without one");
    if (door.fire_latched() && (facts.lock == LockState::locking || facts.hold))
        breaks("locking, or a hold, under fire");
    if (facts.lock == LockState::locked && config_.lines.locked_switch) {
        const hal::LineConfig& line = *config_.lines.locked_switch;
        if (wiring_.level(line.line) == line.active_low && wiring_.next_due() > clock_.steady_now())
            breaks("locked is reported without the switch");
    }
    const LockTimings& timings = config_.lock.timings;
    milliseconds most = timings.max_on;
    if (config_.lock.kind == LockKind::motor_bolt) most = timings.travel;
    if (config_.lock.kind == LockKind::latching_solenoid) most = timings.pulse;
    if (drive_ != Drive::off && most.count() > 0 && clock_.steady_now() > on_since_ + most)
        breaks("under power for too long");
}

void DoorWorld::breaks(const std::string& rule) {
    if (broken_.size() < 3) broken_.push_back(rule + " after: " + history_);
}

}  // namespace firmware
