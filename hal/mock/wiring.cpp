#include "hal/mock/wiring.hpp"

#include "hal/mock/wire.hpp"

#include <algorithm>
#include <cassert>

namespace hal {

namespace {

constexpr std::size_t most_pending_edges = 4096;
constexpr std::size_t most_mishaps = 256;

void earlier(std::optional<base::SteadyTime>& best, std::optional<base::SteadyTime> other) {
    if (other && (!best || *other < *best)) best = other;
}

}  // namespace

Wiring::Wiring(const base::Clock& clock)
    : clock_(clock), now_(clock.steady_now()), pending_(most_pending_edges), mishaps_(most_mishaps) {}

Wiring::~Wiring() = default;

void Wiring::adopt(std::unique_ptr<Part> part) {
    assert(
        std::none_of(parts_.begin(), parts_.end(), [&](const auto& p) { return p->name() == part->name(); }));
    parts_.push_back(std::move(part));
    change([] {});
}

Wiring::Net Wiring::wire(const std::string& line) {
    if (const auto found = names_.find(line); found != names_.end()) return found->second;
    auto wire = std::make_unique<Wire>();
    wire->line = line;
    wire->signal = signals_.size();
    signals_.push_back({line, Kind::bit, false, 0});
    wires_.push_back(std::move(wire));
    return names_.emplace(line, wires_.size() - 1).first->second;
}

void Wiring::add_line(const std::string& line) {
    (void)wire(line);
}  // the number is for connect() only

void Wiring::name_signal(Wire& wire, const std::string& label, bool active_low) {
    wire.label = label;
    auto& signal = signals_[wire.signal];
    if (!label.empty()) signal.name += "_" + label;
    if (active_low) signal.name += "_n";
    signal.active_low = active_low;
    wire.level = wire.present_level();
    signal.value = wire.level ? 1 : 0;
}

Wiring::Net Wiring::connect(const Coil& coil) {
    const Net net = wire(coil.line);
    Wire& it = *wires_[net];
    assert(it.end == Wire::End::nothing);
    it.end = Wire::End::coil;
    it.active_low = coil.active_low;
    name_signal(it, coil.label, coil.active_low);
    return net;
}

Wiring::Net Wiring::connect(const Contact& contact) {
    const Net net = wire(contact.line);
    Wire& it = *wires_[net];
    assert(it.end == Wire::End::nothing);
    it.end = Wire::End::contact;
    it.active_low = contact.active_low;
    it.normally_closed = contact.normally_closed;
    it.wanted_closed = it.closed = contact.normally_closed;
    name_signal(it, contact.label, contact.active_low);
    return net;
}

Wiring::Signal Wiring::add_signal(std::string name, Kind kind, double value) {
    signals_.push_back({std::move(name), kind, false, value});
    return signals_.size() - 1;
}

base::Result<Wiring::Net> Wiring::existing(std::string_view line) const {
    if (const auto found = names_.find(line); found != names_.end()) return found->second;
    std::string known;
    for (const auto& [name, net] : names_) {
        if (!wires_[net]->label.empty() && wires_[net]->label == line) return net;
        known += (known.empty() ? "" : ", ") + name;
    }
    return base::Error{base::Errc::not_found, "no line '" + std::string(line) +
                                                  "' in the simulated wiring; it has " +
                                                  (known.empty() ? "none" : known)};
}

// ---- time ----

std::optional<base::SteadyTime> Wiring::earliest() const {
    std::optional<base::SteadyTime> due;
    for (const auto& part : parts_)
        earlier(due, part->next_due());
    for (const auto& wire : wires_) {
        if (!wire->bounces.empty()) earlier(due, wire->bounces.front());
    }
    return due;
}

void Wiring::live_until(base::SteadyTime to) {
    now_ = to;
    for (const auto& wire : wires_)
        bounce(*wire);
    // What one part does to a level, another may see; a circle of them would be a mistake in the wiring.
    for (int round = 0; round < 8; ++round) {
        const auto before = changes_;
        for (const auto& part : parts_)
            part->advance(to);
        if (changes_ == before) break;
    }
}

void Wiring::catch_up() {
    const auto target = std::max(now_, clock_.steady_now());
    for (auto due = earliest(); due && *due <= target; due = earliest())
        live_until(std::max(now_, *due));
    live_until(target);
}

void Wiring::change(const std::function<void()>& work) {
    std::function<void()> attention;
    {
        const std::lock_guard lock(mutex_);
        catch_up();
        const auto due = earliest();
        work();
        live_until(now_);
        if (!pending_.empty() || earliest() != due) attention = attention_;
    }
    if (attention) attention();
}

void Wiring::tick() {
    std::vector<PendingEdge> edges;
    {
        const std::lock_guard lock(mutex_);
        catch_up();
        while (!pending_.empty())
            edges.push_back(pending_.pop());
    }
    for (const auto& [weak, edge] : edges) {
        if (const auto handler = weak.lock()) (*handler)(edge);
    }
}

std::optional<base::SteadyTime> Wiring::next_due() {
    const std::lock_guard lock(mutex_);
    return pending_.empty() ? earliest() : now_;
}

// ---- levels ----

void Wiring::refresh(Wire& wire) {
    const bool level = wire.present_level();
    if (level == wire.level) return;
    wire.level = level;
    ++changes_;
    record(wire.signal, level ? 1 : 0);
    if (wire.handler) pending_.push({wire.handler, {level != wire.config.active_low, now_}});
}

void Wiring::bounce(Wire& wire) {
    while (!wire.bounces.empty() && wire.bounces.front() <= now_) {
        wire.bounces.pop_front();
        wire.closed = !wire.closed;
        refresh(wire);
    }
}

void Wiring::set_contact(Net contact, bool active) {
    Wire& wire = *wires_[contact];
    const bool closed = active != wire.normally_closed;
    if (wire.wanted_closed == closed) return;
    wire.wanted_closed = closed;
    wire.bounces.clear();
    if (wire.fault == Fault::stuck) return;
    for (unsigned i = 1; i <= 2 * wire.bounce.pairs; ++i)
        wire.bounces.push_back(now_ + i * wire.bounce.spacing);
    wire.closed = closed;
    refresh(wire);
}

bool Wiring::energised(Net coil) const {
    return wires_[coil]->energised();
}

void Wiring::record(Signal signal, double value) {
    if (signals_[signal].value == value) return;
    signals_[signal].value = value;
    for (const auto& observer : observers_)
        observer({now_, signal, value});
}

void Wiring::add_mishap(std::string text) {
    mishaps_.push({now_, std::move(text)});
}

bool Wiring::door_is_held() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->holds_door(); });
}

bool Wiring::door_is_blocked() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->blocks_door(); });
}

// ---- looking at it ----

bool Wiring::level(std::string_view line) {
    bool level = false;
    change([&] {
        if (const auto net = existing(line)) level = wires_[*net]->level;
    });
    return level;
}

std::vector<std::string> Wiring::lines() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const auto& [name, net] : names_)
        lines.push_back(name);
    return lines;
}

std::vector<Wiring::SignalInfo> Wiring::signals() {
    const std::lock_guard lock(mutex_);
    return signals_;
}

void Wiring::observe(std::function<void(const Transition&)> observer) {
    const std::lock_guard lock(mutex_);
    observers_.push_back(std::move(observer));
}

std::vector<Wiring::Mishap> Wiring::mishaps() {
    const std::lock_guard lock(mutex_);
    return {mishaps_.begin(), mishaps_.end()};
}

std::size_t Wiring::mishap_count() {
    const std::lock_guard lock(mutex_);
    return mishaps_.size() + static_cast<std::size_t>(mishaps_.dropped());
}

void Wiring::on_attention(std::function<void()> attention) {
    const std::lock_guard lock(mutex_);
    attention_ = std::move(attention);
}

}  // namespace hal
