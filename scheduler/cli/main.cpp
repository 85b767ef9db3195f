#include "base/clock.hpp"
#include "base/private_memory.hpp"
#include "scheduler/cli/arguments.hpp"
#include "scheduler/cli/connection.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/doctor.hpp"
#include "scheduler/cli/exit.hpp"
#include "scheduler/cli/random_id.hpp"
#include "scheduler/cli/resolve.hpp"
#include "scheduler/cli/run.hpp"
#include "scheduler/cli/service.hpp"
#include "scheduler/cli/terminal.hpp"
#include "scheduler/http/client.hpp"
#include "scheduler/http/tls.hpp"

#include <csignal>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::uint16_t https_port = 443;

int end(cli::Outcome outcome) {
    outcome = cli::with_output_written(std::move(outcome), std::cout, cli::reader_is_gone);
    if (!outcome.message.empty()) std::cerr << "lockctl: " << outcome.message << '\n';
    return static_cast<int>(outcome.exit);
}

// A server whose certificate is not accepted is no matter of the policy's rights, and --ca is what cures it.
base::Error explain(base::Error error) {
    if (error.code != base::Errc::unauthorized) return error;
    return {base::Errc::internal, error.message + " (--ca FILE)"};
}

// What keeps lockctl from asking a hub at all; doctor tells it as a finding.
cli::Outcome hopeless(const cli::Invocation& invocation, std::string_view what, const base::Error& error,
                      std::string cure) {
    if (!std::holds_alternative<cli::Doctor>(invocation.command)) return {cli::Exit::failure, error.message};
    cli::Output output = cli::standard_output(invocation.format);
    cli::Report(output).tell({cli::Finding::Verdict::ill, what, error.message, std::move(cure)});
    return {cli::Exit::failure, {}};
}

cli::Outcome execute(const cli::Invocation& invocation) {
    const auto hub = cli::find_hub(invocation.hub, cli::environment);
    if (!hub) {
        return hopeless(invocation, "connection", hub.error(),
                        "lockhub writes lockctl.json at its first start; name it with --connection-file");
    }
    const auto tls = http::make_client_tls(hub->ca_file);
    if (!tls) {
        return hopeless(
            invocation, "trust", tls.error(),
            "--ca, $LOCKCTL_CA or the connection file's caFile must name the file of the hub's CA: "
            "lockhub writes ca.pem into its data directory ('lockhub ca show' prints it)");
    }

    const base::RealClock clock;
    http::Client client({.host = hub->connection.host, .port = hub->connection.port.value_or(https_port)},
                        *tls);
    cli::Service service(
        hub->connection,
        [&client](const http::Request& request,
                  std::chrono::milliseconds timeout) -> base::Result<http::Response> {
            auto response = client.send(request, timeout);
            if (!response) return explain(std::move(response).error());
            return response;
        },
        [&client](const http::Request& request,
                  const http::Client::Listener& listener) -> base::Result<http::Response> {
            auto response = client.listen(request, listener);
            if (!response) return explain(std::move(response).error());
            return response;
        },
        clock);
    cli::Context context{.service = service,
                         .output = cli::standard_output(invocation.format),
                         .clock = clock,
                         .new_id = cli::random_uuid,
                         .pause = cli::interruptible_pause,
                         .resolve = cli::resolve,
                         .ca_file = hub->ca_file,
                         .reader_is_gone = cli::reader_is_gone};
    return cli::run(invocation.command, context);
}

}  // namespace

int main(int argc, char** argv) {
    base::keep_memory_private();
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(2), not a death
    const auto parsed = cli::parse_arguments(std::vector<std::string>(argv + 1, argv + argc));
    if (const auto* notice = std::get_if<cli::Notice>(&parsed)) {
        if (notice->exit != cli::Exit::ok) return end({notice->exit, notice->text});
        std::cout << notice->text << '\n';
        return end({});
    }
    return end(execute(std::get<cli::Invocation>(parsed)));
}
