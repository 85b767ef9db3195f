#pragma once

#include "base/clock.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

// A wiring on the bench: time passes when it is told to, and everything that moves is written down.
struct Bench {
    base::ManualClock clock;
    hal::Wiring wiring{clock};
    hal::MockSource source{wiring};
    base::SteadyTime start = clock.steady_now();
    std::vector<hal::Wiring::Transition> transitions;

    Bench() {
        wiring.observe([this](const auto& transition) { transitions.push_back(transition); });
    }

    // Lets time pass and stops at every moment at which something happens, as a loop would.
    void pass(std::chrono::nanoseconds time) {
        const auto end = clock.steady_now() + time;
        for (auto due = wiring.next_due(); due && *due <= end; due = wiring.next_due()) {
            if (*due > clock.steady_now()) clock.advance(*due - clock.steady_now());
            wiring.tick();
        }
        clock.advance(end - clock.steady_now());
        wiring.tick();
    }

    std::unique_ptr<hal::OutputLine> output(const std::string& line, bool active_low = false) {
        return std::move(
            *source.request_output({.line = line, .consumer = "test", .active_low = active_low}, false));
    }
    std::unique_ptr<hal::InputLine> input(const std::string& line, bool active_low = false) {
        return std::move(*source.request_input({.line = line, .consumer = "test", .active_low = active_low}));
    }
    std::chrono::nanoseconds since_start(base::SteadyTime at) const { return at - start; }

    // The transitions of one signal, as milliseconds since the start and the new value.
    std::vector<std::pair<long, double>> seen(const std::string& name) {
        std::vector<std::pair<long, double>> changes;
        const auto signals = wiring.signals();
        for (const auto& transition : transitions) {
            if (signals[transition.signal].name == name)
                changes.emplace_back(since_start(transition.at) / std::chrono::milliseconds(1),
                                     transition.value);
        }
        return changes;
    }
};
