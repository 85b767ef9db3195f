#include "scheduler/cli/simulate_command.hpp"

#include "scheduler/cli/simulate_view.hpp"
#include "scheduler/cli/simulated_devices.hpp"
#include "scheduler/cli/table.hpp"
#include "scheduler/fleet/descriptors.hpp"
#include "scheduler/fleet/fleet.hpp"

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace cli {

namespace {

using base::Result;
using std::chrono::milliseconds;

constexpr milliseconds between_lines{1000};
constexpr milliseconds at_a_time{100};  // so soon is Ctrl-C noticed

bool steps_up(std::size_t index, double share) {
    return std::floor(static_cast<double>(index + 1) * share + 1e-9) >
           std::floor(static_cast<double>(index) * share + 1e-9);
}

class Simulation {
  public:
    Simulation(const Simulate& command, Context& context) : command_(command), context_(context) {}

    Outcome run() {
        (void)context_.pause(milliseconds(0));  // from here on Ctrl-C is told, and does not kill
        const auto devices =
            simulated_devices(command_.prefix, command_.count, context_.service.connection().key);
        if (auto ready = make_fleet(devices); !ready) return failed(std::move(ready).error());
        if (auto there = register_devices(devices, command_.tags, context_.service); !there) {
            return failed(std::move(there).error());
        }
        began_ = last_shown_ = context_.clock.steady_now();
        while (goes_on()) {
            fleet_->turn(at_a_time);
            show();
        }
        const std::chrono::duration<double> passed = context_.clock.steady_now() - began_;
        const double pace =
            passed.count() > 0 ? static_cast<double>(fleet_->figures().answers) / passed.count() : 0;
        const FleetState state = look(pace);
        fleet_->leave();
        end_line();
        if (context_.output.format == Format::json) context_.output.out << fleet_json(state) << '\n';
        if (command_.remove) {
            if (auto removed = remove_devices(devices, context_.service); !removed) {
                return failed(base::with_context(std::move(removed).error(), "--remove"));
            }
        }
        // Ctrl-C is how this command is meant to end.
        return {};
    }

  private:
    // Everything that can be wrong with this machine, before the hub is touched.
    Result<void> make_fleet(const std::vector<SimulatedDevice>& devices) {
        if (auto room = fleet::allow_connections(devices.size()); !room) return room;
        const auto capabilities = context_.service.capabilities();
        if (!capabilities) return capabilities.error();
        const std::string& host = context_.service.connection().host;
        auto endpoint = fleet::resolve(host, capabilities->mqtt_port);
        if (!endpoint) return endpoint.error();
        auto tls = fleet::Tls::make(host, context_.ca_file);
        if (!tls) return tls.error();
        fleet::Settings settings;
        settings.manner.host = host;
        settings.manner.delay = command_.delay;
        settings.endpoint = *endpoint;
        auto made = fleet::Fleet::make(std::move(settings), std::move(*tls), context_.clock);
        if (!made) return made.error();
        fleet_ = std::move(*made);
        for (std::size_t i = 0; i < devices.size(); ++i) {
            auto added = fleet_->add(
                {devices[i].id, devices[i].key, temper_of(i, command_.refusing, command_.silent)});
            if (!added) return added;
        }
        return {};
    }

    [[nodiscard]] bool goes_on() const {
        if (command_.duration && context_.clock.steady_now() - began_ >= *command_.duration) return false;
        return !context_.is_unread() && context_.pause(milliseconds(0));
    }

    [[nodiscard]] FleetState look(double answers_a_second) const {
        const auto& figures = fleet_->figures();
        return {.devices = fleet_->size(),
                .connected = fleet_->connected(),
                .ready = fleet_->ready(),
                .answers = figures.answers,
                .refusals = figures.refusals,
                .desired = figures.desired,
                .rejected = figures.refused,
                .answers_a_second = answers_a_second,
                .last_failure = fleet_->last_failure()};
    }

    void show() {
        const auto now = context_.clock.steady_now();
        if (now - last_shown_ < between_lines) return;
        const std::chrono::duration<double> passed = now - std::exchange(last_shown_, now);
        const std::uint64_t before = std::exchange(answers_shown_, fleet_->figures().answers);
        const FleetState state = look(static_cast<double>(answers_shown_ - before) / passed.count());
        Output& output = context_.output;
        if (output.format == Format::json) return;  // one document, at the end
        if (!draws()) {
            output.out << fleet_json(state) << std::endl;  // a reader of the pipe waits for it
            return;
        }
        const std::string line = printable(fleet_line(state));
        output.out << '\r' << line.substr(0, output.columns - 1) << "\x1b[K" << std::flush;
        drawn_ = true;
    }

    void end_line() {
        if (std::exchange(drawn_, false)) context_.output.out << std::endl;
    }

    [[nodiscard]] bool draws() const {
        return context_.output.live && context_.output.format == Format::table;
    }

    const Simulate& command_;
    Context& context_;
    std::unique_ptr<fleet::Fleet> fleet_;
    base::SteadyTime began_;
    base::SteadyTime last_shown_;
    std::uint64_t answers_shown_ = 0;
    bool drawn_ = false;
};

}  // namespace

fleet::Temper temper_of(std::size_t index, double refusing, double silent) {
    const double odd = refusing + silent;
    if (!steps_up(index, odd)) return fleet::Temper::willing;
    const auto which = static_cast<std::size_t>(std::floor(static_cast<double>(index) * odd + 1e-9));
    return steps_up(which, silent / odd) ? fleet::Temper::silent : fleet::Temper::refusing;
}

Outcome run(const Simulate& command, Context& context) {
    return Simulation(command, context).run();
}

}  // namespace cli
