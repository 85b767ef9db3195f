// Calls one direct method on each of many devices, by several kept-alive connections to the service API at
// once. Usage: service_caller CONNECTION_FILE PREFIX COUNT CONNECTIONS METHOD PAYLOAD
// Prints one JSON object: wall time, and quantiles of how long a call took.

#include "base/clock.hpp"
#include "bench/hub/samples.hpp"
#include "scheduler/cli/connection.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/service.hpp"
#include "scheduler/cli/simulated_devices.hpp"
#include "scheduler/http/client.hpp"
#include "scheduler/http/tls.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::uint16_t https_port = 443;

struct Work {
    cli::Hub hub;
    std::vector<cli::SimulatedDevice> devices;
    std::string method;
    std::string payload;
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> failed{0};
};

void call_many(Work& work, std::vector<double>& took) {
    const auto tls = http::make_client_tls(work.hub.ca_file);
    if (!tls) return;
    const base::RealClock clock;
    http::Client client(
        {.host = work.hub.connection.host, .port = work.hub.connection.port.value_or(https_port)}, *tls);
    cli::Service service(
        work.hub.connection,
        [&client](const http::Request& request, std::chrono::milliseconds timeout) {
            return client.send(request, timeout);
        },
        {}, clock);
    (void)service.capabilities();  // the connection stands before the clock runs
    for (std::size_t i = work.next++; i < work.devices.size(); i = work.next++) {
        const auto began = clock.steady_now();
        const auto answer =
            service.call(cli::call_method(work.devices[i].id, work.method, work.payload, cli::CallTimes{}));
        if (!answer && work.failed++ == 0) {
            std::fprintf(stderr, "service_caller: %s\n", answer.error().message.c_str());
        }
        took.push_back(bench::Seconds(clock.steady_now() - began).count());
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fprintf(stderr,
                     "usage: service_caller CONNECTION_FILE PREFIX COUNT CONNECTIONS METHOD PAYLOAD\n");
        return EXIT_FAILURE;
    }
    const auto hub = cli::find_hub({.connection = {}, .file = argv[1], .ca_file = {}},
                                   [](const std::string&) { return std::nullopt; });
    if (!hub) {
        std::fprintf(stderr, "service_caller: %s\n", hub.error().message.c_str());
        return EXIT_FAILURE;
    }
    Work work{.hub = *hub, .devices = {}, .method = argv[5], .payload = argv[6]};
    work.devices = cli::simulated_devices(argv[2], static_cast<std::size_t>(std::atoi(argv[3])), "");
    std::vector<std::vector<double>> took(static_cast<std::size_t>(std::atoi(argv[4])));
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (auto& own : took)
        threads.emplace_back([&work, &own] { call_many(work, own); });
    std::vector<double> all;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        threads[i].join();
        all.insert(all.end(), took[i].begin(), took[i].end());
    }
    bench::tell(std::move(all), std::chrono::steady_clock::now() - began, work.failed);
    return work.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
