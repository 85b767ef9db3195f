// A fleet on the loopback address that does as it is told on standard input, a line each, and answers each
// line with one JSON object:
//   connect N    doors up to the number N, until all are ready
//   drop N       cuts N connections at once, until all are ready again
//   watch WHAT N until N answers, or N reports, have left the doors since the last `reset`
//   figures      what the fleet has seen since the last `reset`
//   reset
// Ends with its input. Usage: fleet_runner hub CONNECTION_FILE MQTT_PORT PREFIX [HANDSHAKES [TICKETS]]
//                             fleet_runner broker PORT CA_FILE PREFIX [HANDSHAKES [TICKETS]]

#include "base/clock.hpp"
#include "scheduler/cli/connection.hpp"
#include "scheduler/cli/simulated_devices.hpp"
#include "scheduler/fleet/descriptors.hpp"
#include "scheduler/fleet/fleet.hpp"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Seconds = std::chrono::duration<double>;
constexpr std::chrono::minutes patience{5};
// Of a broker that checks no token: any key will do.
constexpr const char* any_key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

struct Plan {
    fleet::Settings settings;
    std::string host;
    std::string ca_file;
    std::uint16_t port = 0;
    std::string key = any_key;
    std::string prefix;
};

base::Result<Plan> read_plan(const std::vector<std::string>& words) {
    if (words.size() < 4)
        return base::Error{base::Errc::invalid_argument, "see the head of fleet_runner.cpp"};
    Plan plan;
    plan.prefix = words[3];
    plan.settings.manner.reports_changes = false;  // one request, one answer
    if (words.size() > 4)
        plan.settings.most_handshakes = static_cast<std::size_t>(std::atoi(words[4].c_str()));
    if (words.size() > 5) plan.settings.tickets = words[5] == "tickets";
    if (words[0] == "broker") {
        plan.host = "localhost";
        plan.port = static_cast<std::uint16_t>(std::atoi(words[1].c_str()));
        plan.ca_file = words[2];
        plan.settings.manner.dialect = fleet::Dialect(fleet::Dialect::Peer::broker);
    } else {
        const auto hub = cli::find_hub({.connection = {}, .file = words[1], .ca_file = {}},
                                       [](const std::string&) { return std::nullopt; });
        if (!hub) return hub.error();
        plan.host = hub->connection.host;
        plan.port = static_cast<std::uint16_t>(std::atoi(words[2].c_str()));
        plan.ca_file = hub->ca_file;
        plan.key = hub->connection.key;
    }
    plan.settings.manner.host = plan.host;
    return plan;
}

class Runner {
  public:
    Runner(std::unique_ptr<fleet::Fleet> fleet, std::vector<cli::SimulatedDevice> devices)
        : fleet_(std::move(fleet)), devices_(std::move(devices)) {}

    int run() {
        std::string input;
        while (true) {
            fleet_->turn(std::chrono::milliseconds(input_waits() ? 0 : 2));
            if (!input_waits()) continue;
            char byte = 0;
            if (read(STDIN_FILENO, &byte, 1) != 1) break;
            if (byte != '\n') {
                input.push_back(byte);
                continue;
            }
            if (!obey(std::exchange(input, {}))) return EXIT_FAILURE;
        }
        fleet_->leave();
        return EXIT_SUCCESS;
    }

  private:
    static bool input_waits() {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        return poll(&input, 1, 0) > 0;
    }

    bool obey(const std::string& line) {
        std::istringstream words(line);
        std::string verb;
        std::string what;
        std::size_t number = 0;
        words >> verb;
        if (verb == "watch") words >> what;
        words >> number;
        const auto began = clock_.steady_now();
        bool reached = true;
        if (verb == "reset") fleet_->reset_figures();
        if (verb == "connect") {
            while (fleet_->size() < number && fleet_->size() < devices_.size()) {
                const auto& device = devices_[fleet_->size()];
                if (!fleet_->add({device.id, device.key, fleet::Temper::willing})) return false;
            }
        }
        if (verb == "drop") fleet_->drop(number, std::chrono::milliseconds(0));
        if (verb == "connect" || verb == "drop") {
            reached = turn_until([this] { return fleet_->ready() == fleet_->size(); });
        }
        if (verb == "watch") {
            const auto& seen = fleet_->figures();
            const std::uint64_t& counter = what == "answers" ? seen.answers : seen.reports;
            reached = turn_until([&counter, number] { return counter >= number; });
        }
        tell(clock_.steady_now() - began);
        return reached;
    }

    bool turn_until(const std::function<bool()>& done) {
        const auto began = clock_.steady_now();
        while (!done()) {
            fleet_->turn(std::chrono::milliseconds(10));
            if (clock_.steady_now() - began < patience) continue;
            std::fprintf(stderr, "fleet_runner: %zu of %zu are ready: %s\n", fleet_->ready(), fleet_->size(),
                         fleet_->last_failure().c_str());
            return false;
        }
        return true;
    }

    void tell(Seconds wall) const {
        const auto& seen = fleet_->figures();
        const auto print = [](const char* name, std::uint64_t value) {
            std::printf("\"%s\":%llu,", name, static_cast<unsigned long long>(value));
        };
        const auto micros = [](std::chrono::microseconds value) {
            return static_cast<std::uint64_t>(value.count());
        };
        std::printf("{");
        print("ready", fleet_->ready());
        print("attempts", seen.attempts);
        print("failures", seen.failures);
        print("refused", seen.refused);
        print("connects", seen.connects);
        print("resumed", seen.resumed);
        print("drops", seen.drops);
        print("calls", seen.calls);
        print("answers", seen.answers);
        print("actuations", seen.actuations);
        print("desired", seen.desired);
        print("reports", seen.reports);
        print("failed_reports", seen.failed_reports);
        print("connect_p50_us", micros(seen.connect.quantile(0.5)));
        print("connect_p99_us", micros(seen.connect.quantile(0.99)));
        print("ready_p50_us", micros(seen.ready.quantile(0.5)));
        print("ready_p99_us", micros(seen.ready.quantile(0.99)));
        const Seconds date = clock_.system_now().time_since_epoch();
        std::printf("\"wall_s\":%.6f,\"date\":%.6f}\n", wall.count(), date.count());
        std::fflush(stdout);
    }

    base::RealClock clock_;
    std::unique_ptr<fleet::Fleet> fleet_;
    std::vector<cli::SimulatedDevice> devices_;
};

int fail(const base::Error& error) {
    std::fprintf(stderr, "fleet_runner: %s\n", error.message.c_str());
    return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    auto plan = read_plan({argv + 1, argv + argc});
    if (!plan) return fail(plan.error());
    const auto endpoint = fleet::resolve(plan->host, plan->port);
    if (!endpoint) return fail(endpoint.error());
    if (!endpoint->is_loopback()) {
        return fail(
            {base::Errc::permission_denied, plan->host + " is not this machine; figures are taken on one"});
    }
    plan->settings.endpoint = *endpoint;
    if (auto room = fleet::allow_connections(fleet::Fleet::most_devices - 1000); !room)
        return fail(room.error());
    auto tls = fleet::Tls::make(plan->host, plan->ca_file);
    if (!tls) return fail(tls.error());
    const base::RealClock clock;
    auto fleet = fleet::Fleet::make(plan->settings, std::move(*tls), clock);
    if (!fleet) return fail(fleet.error());
    return Runner(std::move(*fleet),
                  cli::simulated_devices(plan->prefix, fleet::Fleet::most_devices, plan->key))
        .run();
}
