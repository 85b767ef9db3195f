#include "firmware/gpio_order.hpp"

#include "base/duration.hpp"
#include "firmware/line_roles.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

namespace firmware {

namespace {

using std::chrono::milliseconds;

base::Error wrong(std::string what) {
    return base::Error{base::Errc::invalid_argument, std::move(what)};
}

std::optional<GpioOrder::Verb> parse_verb(const std::vector<std::string>& words) {
    using Verb = GpioOrder::Verb;
    const std::string& verb = words.front();
    if (verb == "list" && words.size() == 1) return Verb::list;
    if (verb == "read" && words.size() == 2) return Verb::read;
    if (verb == "watch" && words.size() == 2) return Verb::watch;
    if (verb == "pulse" && words.size() == 3) return Verb::pulse;
    return std::nullopt;
}

base::Result<LineRole> find_role(const DoorLines& lines, std::string_view name) {
    std::string known;
    for (const LineRole& role : line_roles(lines)) {
        if (!role.line) continue;
        if (role.name == name) return role;
        known += (known.empty() ? "" : ", ") + std::string(role.name);
    }
    return wrong("this configuration has no line '" + std::string(name) + "'; it has: " + known);
}

// How long the actuator may be under power, if that is bounded.
std::optional<milliseconds> longest_on(const LockSettings& lock) {
    const LockTimings& timings = lock.timings;
    if (lock.kind == LockKind::motor_bolt) return timings.travel;
    if (lock.kind == LockKind::latching_solenoid) return timings.pulse;
    return timings.max_on.count() > 0 ? std::optional(timings.max_on) : std::nullopt;
}

base::Result<void> check_length(const Config& config, std::string_view name, milliseconds length) {
    const auto most = longest_on(config.lock);
    if (!most || length <= *most) return {};
    return wrong("TIME: " + base::format_duration(length) + " is too long for " + std::string(name) +
                 ": this " + std::string(name_of(config.lock.kind)) + " may be under power for " +
                 base::format_duration(*most) + " at a time");
}

base::Result<void> use_role(const Config& config, const std::string& name, GpioOrder& order) {
    const auto role = find_role(config.lines, name);
    if (!role) return role.error();
    const bool pulses = order.verb == GpioOrder::Verb::pulse;
    if (role->output && !pulses) {
        return wrong(name + " is an output: to read it would take it from the actuator; use pulse");
    }
    if (!role->output && pulses) {
        return wrong(name + " is an input: to drive it would work against its switch; use read or watch");
    }
    if (auto fits = pulses ? check_length(config, name, order.length) : base::Result<void>(); !fits)
        return fits;
    order.line = *role->line;
    for (const LineRole& other : line_roles(config.lines)) {
        if (pulses && other.output && other.line && other.name != name) order.off.push_back(*other.line);
    }
    return {};
}

}  // namespace

base::Result<GpioOrder> parse_gpio_order(const std::vector<std::string>& words, const Config* config) {
    const auto verb = parse_verb(words);
    if (!verb) return wrong("gpio: expected list, read LINE, watch LINE or pulse LINE TIME");
    GpioOrder order{.verb = *verb};
    if (*verb == GpioOrder::Verb::list) return order;
    if (*verb == GpioOrder::Verb::pulse) {
        const auto length = base::parse_duration(words[2], longest_bench_pulse);
        if (!length) return base::with_context(length.error(), "TIME");
        order.length = *length;
    }
    order.line.line = words[1];
    if (config != nullptr) {
        if (auto used = use_role(*config, words[1], order); !used) return used.error();
    }
    order.line.consumer = "doorlockd gpio " + words.front();
    for (hal::LineConfig& off : order.off)
        off.consumer = order.line.consumer;
    return order;
}

std::string list_of_roles(const DoorLines& lines) {
    static constexpr std::array<const char*, 4> biases{"as is", "no bias", "pull-up", "pull-down"};
    std::string table;
    for (const LineRole& role : line_roles(lines)) {
        if (!role.line) continue;
        std::array<char, 160> row{};
        (void)std::snprintf(row.data(), row.size(), "%-16s %-6s  %-24.64s active %-4s  %s\n",
                            std::string(role.name).c_str(), role.output ? "output" : "input",
                            role.line->line.c_str(), role.line->active_low ? "low" : "high",
                            biases.at(static_cast<std::size_t>(role.line->bias)));
        table += row.data();
    }
    return table;
}

}  // namespace firmware
