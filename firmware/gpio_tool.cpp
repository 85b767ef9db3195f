#include "firmware/gpio_tool.hpp"

#include "firmware/gpio_order.hpp"
#include "hal/event_loop.hpp"
#include "hal/gpiod/source.hpp"
#include "hal/signals.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace firmware {

namespace {

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

base::Result<void> pulse(Bench& bench, const GpioOrder& order) {
    // A line can stay under power when its process has died: whoever loses patience ends the pulse, not the
    // process.
    auto signals = hal::SignalWatch::create(*bench.loop, {SIGTERM, SIGINT, SIGHUP, SIGQUIT},
                                            [&bench](int) { bench.loop->stop(); });
    if (!signals) return signals.error();
    // The other outputs are held inactive meanwhile: a motor never gets both directions.
    std::vector<std::unique_ptr<hal::OutputLine>> off;
    for (const hal::LineConfig& config : order.off) {
        auto other = bench.source->request_output(config, false);
        if (!other) return other.error();
        off.push_back(std::move(*other));
    }
    auto line = bench.source->request_output(order.line, false);
    if (!line) return line.error();
    if (auto on = (*line)->set(true); !on) return on;
    const auto end = bench.loop->call_after(order.length, [&bench] { bench.loop->stop(); });
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

base::Result<void> run_gpio_tool(const std::vector<std::string>& words, const Config* config,
                                 const base::Log& log) {
    const auto order = parse_gpio_order(words, config);
    if (!order) return order.error();
    if (order->verb == GpioOrder::Verb::list) {
        if (config == nullptr) return list();
        std::fputs(list_of_roles(config->lines).c_str(), stdout);
        return {};
    }
    auto bench = open_bench(log);
    if (!bench) return bench.error();
    if (order->verb == GpioOrder::Verb::read) return read_line_now(*bench->source, order->line);
    if (order->verb == GpioOrder::Verb::watch) return watch(*bench, order->line);
    return pulse(*bench, *order);
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
