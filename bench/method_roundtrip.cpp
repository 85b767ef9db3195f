// How long a direct method takes, as the caller sees it: POST /twins/{id}/methods on one kept-alive
// connection, back to back, until the door has answered. Usage: method_roundtrip CONNECTION_FILE DEVICE COUNT
// METHOD[=PAYLOAD]…   (methods are called in turn) Prints one JSON object with the percentiles in
// microseconds.

#include "base/file_layer.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "protocol/connection_string.hpp"
#include "protocol/percent.hpp"
#include "protocol/sas.hpp"
#include "scheduler/http/client.hpp"
#include "scheduler/http/message.hpp"
#include "scheduler/http/tls.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Micros = std::chrono::duration<double, std::micro>;

struct Service {
    protocol::ServiceConnectionString connection;
    std::string ca_file;
};

base::Result<Service> read_connection_file(const std::string& path) {
    const auto text = base::read_secret(path);
    if (!text) return text.error();
    const auto json = base::Json::parse(*text);
    if (!json) return with_context(json.error(), path);
    const auto connection =
        protocol::parse_service_connection_string(json->find("connectionString").as_string().value_or(""));
    if (!connection) return with_context(connection.error(), path);
    return Service{*connection, std::string(json->find("caFile").as_string().value_or(""))};
}

std::string method_body(std::string_view call) {
    const auto equals = call.find('=');
    const std::string payload =
        equals == std::string_view::npos ? "null" : std::string(call.substr(equals + 1));
    return R"({"methodName":")" + std::string(call.substr(0, equals)) + R"(","payload":)" + payload +
           R"(,"responseTimeoutInSeconds":30})";
}

base::Result<std::vector<double>> measure(const Service& service, const std::string& device,
                                          std::size_t count, const std::vector<std::string>& bodies) {
    auto tls = http::make_client_tls(service.ca_file);
    if (!tls) return tls.error();
    const auto token = protocol::make_sas_token(service.connection.host, service.connection.key,
                                                std::chrono::system_clock::now() + std::chrono::hours(1),
                                                service.connection.policy);
    if (!token) return token.error();
    http::Client client({.host = service.connection.host, .port = service.connection.port.value_or(443)},
                        *tls);
    http::Request request{.method = "POST",
                          .path = "/twins/" + protocol::percent_encode(device) + "/methods"};
    request.query["api-version"] = "2021-04-12";
    request.headers["Authorization"] = *token;
    request.headers["Content-Type"] = "application/json; charset=utf-8";

    std::vector<double> samples;
    constexpr std::size_t warm_up = 50;
    for (std::size_t i = 0; i < count + warm_up; ++i) {
        request.body = bodies[i % bodies.size()];
        const auto begin = std::chrono::steady_clock::now();
        const auto response = client.send(request);
        const Micros took = std::chrono::steady_clock::now() - begin;
        if (!response) return response.error();
        if (response->status != 200 || response->body.find(R"("status":200)") == std::string::npos) {
            return base::Error{base::Errc::conflict,
                               "HTTP " + std::to_string(response->status) + ": " + response->body};
        }
        if (i >= warm_up) samples.push_back(took.count());
    }
    std::sort(samples.begin(), samples.end());
    return samples;
}

double percentile(const std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        (void)std::fprintf(stderr,
                           "usage: method_roundtrip CONNECTION_FILE DEVICE COUNT METHOD[=PAYLOAD]...\n");
        return 2;
    }
    const std::size_t count = std::strtoul(argv[3], nullptr, 10);
    std::vector<std::string> bodies;
    for (int i = 4; i < argc; ++i)
        bodies.push_back(method_body(argv[i]));
    const auto service = read_connection_file(argv[1]);
    const auto samples = service ? measure(*service, argv[2], std::max<std::size_t>(count, 1), bodies)
                                 : base::Result<std::vector<double>>(service.error());
    if (!samples) {
        (void)std::fprintf(stderr, "method_roundtrip: %s\n", samples.error().message.c_str());
        return 1;
    }
    (void)std::printf(R"({"calls":%zu,"p50_us":%.1f,"p90_us":%.1f,"p99_us":%.1f,"max_us":%.1f})"
                      "\n",
                      samples->size(), percentile(*samples, 0.5), percentile(*samples, 0.9),
                      percentile(*samples, 0.99), samples->back());
    return 0;
}
