#include "tests/unit/firmware/power_cut_world.hpp"

#include "firmware/reported.hpp"
#include "tests/unit/firmware/fakes.hpp"
#include "tests/unit/firmware/stepped_store.hpp"

#include <algorithm>

namespace firmware {

namespace {

using std::chrono::milliseconds;

State load(StateFile& file) {
    auto text = file.load();
    if (!text || !*text) return {};
    auto state = parse_state(**text);
    return state ? std::move(*state) : State{};
}

Twin::Defaults defaults() {
    Twin::Defaults defaults;
    defaults.emplace("building", base::Json(1));
    return defaults;
}

}  // namespace

struct PowerCutWorld::Process {
    Process(PowerCutWorld& world, const LockSettings& settings)
        : file(world.disk, "/state"),
          fire_file(world.disk, "/state"),
          store(file, fire_file, {.texts = world.variant_.deaf_store, .hasty = world.variant_.hasty_store}),
          keeper(store, world.clock_, log, load(file)),
          door(settings, Target::unlocked, DoorInputs{}, world.clock_, keeper, log,
               {.drive = [&world](Drive drive) { return world.drive(drive); }, .changed = [] {}}),
          twin(defaults(), keeper, reported, world.clock_, log, [] {}) {}

    base::Log log = silent_log();
    StateFile file;
    FireMarkFile fire_file;
    SteppedStore store;
    StateKeeper keeper;
    Reported reported;
    Door door;
    Twin twin;
};

PowerCutWorld::PowerCutWorld(PowerCutVariant variant) : disk(variant.lies), variant_(variant) {
    settings_.kind = LockKind::latching_solenoid;
    settings_.timings.travel = milliseconds(100);
    settings_.locked_switch = settings_.unlocked_switch = variant.switches;
}

PowerCutWorld::~PowerCutWorld() = default;

void PowerCutWorld::start() {
    under_way_.clear();
    process_.reset();
    process_ = std::make_unique<Process>(*this, settings_);
    ++process_->keeper.state().boots;
    process_->door.start();
    process_->keeper.save();
    if (variant_.switches) {
        process_->door.switches({bolt_ == Target::locked, bolt_ == Target::unlocked});
    }
    settle();
    if (sent_.empty() && desired_version_ == 1) fetch_twin();
}

// Nothing of the process is felt outside once the power is gone.
base::Result<void> PowerCutWorld::drive(Drive drive) {
    if (!disk.powered() || drive == Drive::off) return {};
    bolt_ = drive == Drive::toward_locked ? Target::locked : Target::unlocked;
    for (const std::size_t index : under_way_) {
        const PowerCutStep::Order& order = sent_[index].order;
        if (order.id.empty() || order.target != *bolt_) continue;
        if (++pulses_[order.id] > 1) violated("commandId " + order.id + " has moved the bolt twice");
    }
    return {};
}

void PowerCutWorld::settle() {
    Process& process = *process_;
    while (disk.powered()) {
        note_acknowledged();  // what is reported before the disk has done anything is out, too
        const bool travels = process.door.moving();
        if (process.store.busy() && !(travels && variant_.slow_disk)) {
            const auto [done, saved] = process.store.work();
            if (disk.powered()) done(saved);
        } else if (travels) {
            const auto due = process.door.next_due().value_or(clock_.steady_now());
            clock_.advance(std::max(due - clock_.steady_now(), base::SteadyTime::duration::zero()));
            process.door.tick();
            if (variant_.switches) {
                process.door.switches({bolt_ == Target::locked, bolt_ == Target::unlocked});
            }
        } else {
            break;
        }
    }
}

void PowerCutWorld::note_acknowledged() {
    if (!disk.powered()) return;
    for (const PropertyRule& rule : property_rules()) {
        const base::JsonView told = process_->reported.wanted().find(rule.name);
        const auto code = told.find("ac").as_integer();
        if (code != 200 && code != 203) continue;
        const std::string name(rule.name);
        const std::string value = told.find("value").dump();
        if (acknowledged_[name] == value) continue;
        acknowledged_[name] = value;
        requested_[name].erase(value);
    }
}

void PowerCutWorld::run(const PowerCutStep& step) {
    under_way_.clear();
    for (const PowerCutStep::Order& order : step.orders) {
        sent_.push_back({order, std::nullopt});
        under_way_.push_back(sent_.size() - 1);
    }
    for (const std::size_t index : std::vector(under_way_))
        send(index);
    if (!step.desired.empty()) {
        const base::Json wanted = *base::Json::parse(step.desired);
        for (const base::JsonView member : wanted) {
            requested_[std::string(member.name())].insert(member.is_null() ? "1" : member.dump());
            if (member.is_null()) {
                desired_.erase(member.name());
            } else {
                desired_.set(member.name(), base::Json(member));
            }
        }
        (void)process_->twin.patch(wanted, ++desired_version_);
    }
    settle();
    if (step.pass.count() == 0 || !disk.powered()) return;
    under_way_.clear();
    const auto end = clock_.steady_now() + step.pass;
    while (disk.powered() && process_->door.next_due() && *process_->door.next_due() <= end) {
        clock_.advance(
            std::max(*process_->door.next_due() - clock_.steady_now(), base::SteadyTime::duration::zero()));
        process_->door.tick();
        settle();
    }
    clock_.advance(end - clock_.steady_now());
}

void PowerCutWorld::send(std::size_t index) {
    const PowerCutStep::Order& order = sent_[index].order;
    process_->door.command({.method = order.target == Target::locked ? "lockDoor" : "unlockDoor",
                            .target = order.target,
                            .hold_for = order.hold_for,
                            .command_id = order.id,
                            .not_after = std::nullopt},
                           [this, index](const Answer& answer) {
                               if (disk.powered()) check_answer(sent_[index], answer);
                           });
}

void PowerCutWorld::check_answer(Sent& sent, const Answer& answer) {
    if (sent.answer && !sent.order.id.empty() && *sent.answer != answer) {
        violated("commandId " + sent.order.id + " was answered " + std::to_string(sent.answer->status) +
                 sent.answer->body + " first and " + std::to_string(answer.status) + answer.body + " later");
    }
    sent.answer = answer;
}

void PowerCutWorld::verify() {
    check_properties();
    check_hold();
    fetch_twin();
    for (std::size_t index = 0; index < sent_.size(); ++index) {
        if (sent_[index].order.id.empty()) continue;
        under_way_ = {index};
        send(index);
        settle();
        if (!disk.powered()) return;
        if (!sent_[index].answer) violated("the repeat of " + sent_[index].order.id + " got no answer");
    }
    under_way_.clear();
}

void PowerCutWorld::fetch_twin() {
    base::Json whole = desired_;
    whole.set("$version", desired_version_);
    process_->twin.full(whole);
    settle();
}

void PowerCutWorld::check_properties() {
    for (const auto& [name, value] : acknowledged_) {
        const std::string now = process_->twin.value(name).dump();
        if (now != value && !requested_[name].contains(now)) {
            violated(name + " was acknowledged as " + value + " and is " + now);
        }
    }
}

// The hold of an answered command, if nothing was sent after it, is still there.
void PowerCutWorld::check_hold() {
    if (sent_.empty() || !sent_.back().answer || sent_.back().answer->status != 200) return;
    const PowerCutStep::Order& order = sent_.back().order;
    const auto hold = process_->door.facts().hold;
    const bool over = order.hold_for.has_value() && !hold;
    if (over) return;  // its time may have passed; a door that forgets long holds is found by those
    if (!hold || hold->target != order.target) violated("the hold of the last command is lost");
}

}  // namespace firmware
