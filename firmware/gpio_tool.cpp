#include "firmware/gpio_tool.hpp"

#include "base/duration.hpp"
#include "hal/event_loop.hpp"
#include "hal/gpiod/source.hpp"
#include "hal/signals.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace firmware {

namespace {

constexpr std::chrono::milliseconds longest_pulse = std::chrono::seconds(10);

struct Bench {
    std::unique_ptr<hal::EventLoop> loop;
    std::unique_ptr<hal::LineSource> source;
};

base::Result<Bench> open_bench(const base::Log& log) {
    auto loop = hal::EventLoop::create();
    if (!loop) return loop.error();
    auto source = hal::open_gpio(**loop, log);
    if (!source) return source.error();
    return Bench{std::move(*loop), std::move(*source)};
}

base::Result<void> list() {
    auto lines = hal::list_lines();
    if (!lines) return lines.error();
    for (const hal::LineDescription& line : *lines) {
        std::printf("%-12s %-20s %3u  %-16s %-6s %s\n", line.chip.c_str(), line.chip_label.c_str(),
                    line.offset, line.name.empty() ? "-" : line.name.c_str(),
                    line.output ? "output" : "input", line.used ? line.consumer.c_str() : "free");
    }
    return {};
}

void print_level(bool active) {
    std::printf("%s\n", active ? "active" : "inactive");
}

base::Result<void> read_line_now(hal::LineSource& source, const hal::LineConfig& config) {
    auto line = source.request_input(config);
    if (!line) return line.error();
    auto value = (*line)->read();
    if (!value) return value.error();
    print_level(*value);
    return {};
}

base::Result<void> watch(Bench& bench, const hal::LineConfig& config) {
    auto signals =
        hal::SignalWatch::create(*bench.loop, {SIGTERM, SIGINT}, [&bench](int) { bench.loop->stop(); });
    if (!signals) return signals.error();
    auto line = bench.source->request_input(config);
    if (!line) return line.error();
    (*line)->on_edge([](hal::Edge edge) {
        print_level(edge.active);
        (void)std::fflush(stdout);
    });
    bench.loop->run();
    return {};
}

base::Result<void> pulse(Bench& bench, const hal::LineConfig& config, std::chrono::milliseconds length) {
    // A line can stay under power when its process has died: whoever loses patience ends the pulse, not the
    // process.
    auto signals = hal::SignalWatch::create(*bench.loop, {SIGTERM, SIGINT, SIGHUP, SIGQUIT},
                                            [&bench](int) { bench.loop->stop(); });
    if (!signals) return signals.error();
    auto line = bench.source->request_output(config, false);
    if (!line) return line.error();
    if (auto on = (*line)->set(true); !on) return on;
    const auto end = bench.loop->call_after(length, [&bench] { bench.loop->stop(); });
    bench.loop->run();
    return (*line)->set(false);
}

// systemd keeps the line of a kind that power holds through a planned restart. After anything but an orderly
// end there is nothing in its store, and whoever holds the line then is in the way.
bool left_for_restart(const Config& config, const hal::LineConfig& line) {
    const char* result = std::getenv("SERVICE_RESULT");  // systemd.exec(5): of the process that has ended
    const bool orderly = result != nullptr && std::string_view(result) == "success";
    return orderly && config.lines.power && &line == &*config.lines.power &&
           powered_side(config.lock.kind) == Target::locked;
}

}  // namespace

base::Result<void> run_gpio_tool(const std::vector<std::string>& words, const base::Log& log) {
    const std::string& verb = words.front();
    if (verb == "list" && words.size() == 1) return list();
    const bool known =
        ((verb == "read" || verb == "watch") && words.size() == 2) || (verb == "pulse" && words.size() == 3);
    if (!known) {
        return base::Error{base::Errc::invalid_argument,
                           "gpio: expected list, read LINE, watch LINE or pulse LINE TIME"};
    }
    base::Result<std::chrono::milliseconds> length = std::chrono::milliseconds(0);
    // What is wrong with the words is said before the hardware is touched.
    if (verb == "pulse") length = base::parse_duration(words[2], longest_pulse);
    if (!length) return base::with_context(length.error(), "TIME");
    auto bench = open_bench(log);
    if (!bench) return bench.error();
    const hal::LineConfig config{.line = words[1], .consumer = "doorlockd gpio " + verb};
    if (verb == "read") return read_line_now(*bench->source, config);
    if (verb == "watch") return watch(*bench, config);
    return pulse(*bench, config, *length);
}

base::Result<void> make_safe(const Config& config, const base::Log& log) {
    for (const Mistake& mistake : config.overlooked) {
        log.warning("config_mistake", {{"line", mistake.at.line}, {"reason", mistake.text}});
    }
    auto bench = open_bench(log);
    if (!bench) return bench.error();
    base::Result<void> result;
    for (const auto* line : {&config.lines.lock, &config.lines.unlock, &config.lines.power}) {
        if (!*line) continue;
        auto output = bench->source->request_output(**line, false);
        if (!output && output.error().code == base::Errc::busy && left_for_restart(config, **line)) {
            log.info("power_left", {{"line", (*line)->line}, {"until", "the next process takes it"}});
            continue;
        }
        // The others must become safe all the same.
        if (!output && result) result = output.error();
    }
    return result;
}

}  // namespace firmware
