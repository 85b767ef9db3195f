#include "hal/mock/motor_bolt.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace hal {

namespace {

constexpr int recorded_steps = 20;  // of the position, from end to end

base::Result<double> parse_position(std::string_view text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !(value >= 0 && value <= 1))
        return base::Error{base::Errc::invalid_argument, "'" + std::string(text) +
                                                             "' is no position; it is a number from 0 "
                                                             "(withdrawn) to 1 (thrown)"};
    return value;
}

std::string format_position(const char* format, double position) {
    char text[32];
    (void)std::snprintf(text, sizeof text, format, position);  // a position is at most 8 characters
    return text;
}

}  // namespace

MotorBolt::MotorBolt(Wiring& wiring, std::string name, Config config)
    : Part(wiring, std::move(name)),
      config_(std::move(config)),
      lock_(wiring.connect(config_.lock)),
      unlock_(wiring.connect(config_.unlock)),
      position_signal_(0),
      way_(way_of(config_.position)),
      zone_(way_of(config_.switch_zone)),
      last_(wiring.now()) {
    assert(config_.travel > Way(0) && config_.switch_zone < 0.5);
    if (config_.locked) locked_ = wiring.connect(*config_.locked);
    if (config_.unlocked) unlocked_ = wiring.connect(*config_.unlocked);
    position_signal_ = wiring.add_signal(this->name() + "_position", Wiring::Kind::real, position_of(way_));
    move_to(way_);
}

MotorBolt::Way MotorBolt::way_of(double position) const {
    const auto share = std::clamp(position, 0.0, 1.0) * static_cast<double>(config_.travel.count());
    return Way(std::llround(share));
}

double MotorBolt::position_of(Way way) const {
    return static_cast<double>(way.count()) / static_cast<double>(config_.travel.count());
}

void MotorBolt::jam() {
    wiring_.change([this] { jammed_ = true; });
}

void MotorBolt::obstruct(double position) {
    wiring_.change([&] { obstacle_ = way_of(position); });
}

void MotorBolt::free() {
    wiring_.change([this] {
        jammed_ = false;
        obstacle_.reset();
    });
}

void MotorBolt::turn_by_hand(double position) {
    wiring_.change([&] { move_to(way_of(position)); });
}

double MotorBolt::position() {
    double position = 0;
    wiring_.change([&] { position = position_of(way_); });
    return position;
}

int MotorBolt::direction() const {
    if (jammed_ || drives_lock_ == drives_unlock_) return 0;
    return drives_lock_ ? 1 : -1;
}

MotorBolt::Way MotorBolt::target(int direction) const {
    if (direction > 0) return obstacle_ && way_ <= *obstacle_ ? *obstacle_ : config_.travel;
    if (direction < 0) return obstacle_ && way_ > *obstacle_ ? *obstacle_ : Way(0);
    return way_;
}

MotorBolt::Way MotorBolt::next_place(int direction) const {
    Way place = target(direction);
    const auto consider = [&](Way seen) {
        if (direction > 0 && seen > way_) place = std::min(place, seen);
        if (direction < 0 && seen < way_) place = std::max(place, seen);
    };
    for (int step = 1; step < recorded_steps; ++step)
        consider(config_.travel * step / recorded_steps);
    // A switch works within its zone; on the way out it lets go just outside.
    consider(direction > 0 ? zone_ + Way(1) : zone_);
    consider(direction > 0 ? config_.travel - zone_ : config_.travel - zone_ - Way(1));
    return place;
}

void MotorBolt::move_to(Way way) {
    way_ = way;
    wiring_.record(position_signal_, position_of(way_));
    if (unlocked_) wiring_.set_contact(*unlocked_, way_ <= zone_);
    if (locked_) wiring_.set_contact(*locked_, way_ >= config_.travel - zone_);
}

void MotorBolt::look_at_drives() {
    const bool both_before = drives_lock_ && drives_unlock_;
    drives_lock_ = wiring_.energised(lock_);
    drives_unlock_ = wiring_.energised(unlock_);
    if (drives_lock_ && drives_unlock_ && !both_before)
        wiring_.add_mishap(name() + ": both directions driven at once, the bridge is shorted");
}

void MotorBolt::advance(base::SteadyTime to) {
    if (const int going = direction(); going != 0) {
        const Way end = target(going);
        const Way gone = std::chrono::duration_cast<Way>(to - last_);
        const Way way = going > 0 ? std::min(end, way_ + gone) : std::max(end, way_ - gone);
        if (way != way_) move_to(way);
    }
    last_ = to;
    look_at_drives();
}

std::optional<base::SteadyTime> MotorBolt::next_due() const {
    const int going = direction();
    if (going == 0 || target(going) == way_) return std::nullopt;
    return last_ + std::chrono::abs(next_place(going) - way_);
}

std::string MotorBolt::describe() const {
    std::string text = "between";
    if (way_ <= zone_) text = "withdrawn";
    if (way_ >= config_.travel - zone_) text = "thrown";
    text += format_position(" position=%.2f", position_of(way_));
    if (drives_lock_ && drives_unlock_) text += " shorted";
    if (direction() != 0) text += direction() > 0 ? " locking" : " unlocking";
    if (jammed_) text += " jammed";
    if (obstacle_) text += format_position(" obstacle=%.2f", position_of(*obstacle_));
    return text;
}

std::string MotorBolt::usage() const {
    return name() + " jam|free, or " + name() + " obstruct|turn POSITION";
}

base::Result<std::string> MotorBolt::command(std::span<const std::string_view> words) {
    const auto verb = words.empty() ? std::string_view() : words[0];
    if (verb == "jam" && words.size() == 1) {
        jammed_ = true;
    } else if (verb == "free" && words.size() == 1) {
        jammed_ = false;
        obstacle_.reset();
    } else if ((verb == "obstruct" || verb == "turn") && words.size() == 2) {
        const auto position = parse_position(words[1]);
        if (!position) return position.error();
        if (verb == "obstruct")
            obstacle_ = way_of(*position);
        else
            move_to(way_of(*position));
    } else {
        return base::Error{base::Errc::invalid_argument, "the command is: " + usage()};
    }
    return name() + " " + describe();
}

bool MotorBolt::holds_door() const {
    return way_ > config_.travel / 4;
}

std::string MotorBolt::snapshot() const {
    return format_position("%.6f", position_of(way_));
}

base::Result<void> MotorBolt::restore(std::string_view text) {
    const auto position = parse_position(text);
    if (!position) return position.error();
    move_to(way_of(*position));
    return {};
}

}  // namespace hal
