#include "scheduler/cli/service.hpp"

#include "base/http_date.hpp"
#include "protocol/error_body.hpp"
#include "protocol/sas.hpp"
#include "scheduler/cli/requests.hpp"

#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

constexpr std::chrono::minutes token_life{60};
constexpr base::JsonLimits answer_limits{.bytes = 64UL * 1024 * 1024, .depth = 64};

Errc kind_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return Errc::unauthorized;
        case 404:
            return Errc::not_found;
        case 405:
        case 409:
        case 412:
            return Errc::conflict;
        case 413:
            return Errc::too_large;
        case 429:
            return Errc::busy;
        case 504:
            return Errc::timeout;
        default:
            return status >= 500 ? Errc::unavailable : Errc::invalid_argument;
    }
}

Error refusal(const http::Response& response, const protocol::ServiceConnectionString& connection) {
    const auto body = protocol::parse_error_body(response.body);
    const std::string status = "HTTP " + std::to_string(response.status);
    std::string said = body && !body->message.empty() ? body->message : status;
    if (body && body->error == protocol::HubError::device_not_online) {
        return {Errc::conflict,
                "the device is not connected (or has no methods): is doorlockd running there? "
                "--connect-timeout 60s waits for it"};
    }
    if (body && body->error == protocol::HubError::device_connection_closed_remotely) {
        return {Errc::io, "the device's connection ended before it answered"};
    }
    const Errc kind = kind_of(response.status);
    if (kind == Errc::unauthorized) {
        // One word ("Unauthorized") names no cause; a sentence does.
        const bool explained = body && body->message.find(' ') != std::string::npos;
        said =
            "the hub refused policy '" + connection.policy + "'" +
            (explained ? ": " + said
                       : " (" + said + "): its key is wrong or old, or the policy lacks the right for this");
    } else if (kind == Errc::busy) {
        said = "the hub asks for fewer requests (" + said + "): try again later";
    } else if (!body || body->message.empty()) {
        said = "the hub answered " + status + (body && !body->name.empty() ? " " + body->name : "");
    }
    return {kind, std::move(said)};
}

}  // namespace

bool may_pass(Errc code) {
    return code == Errc::unavailable || code == Errc::io || code == Errc::timeout || code == Errc::busy;
}

Service::Service(protocol::ServiceConnectionString connection, Send send, Listen listen,
                 const base::Clock& clock)
    : connection_(std::move(connection)), send_(std::move(send)), listen_(std::move(listen)), clock_(clock) {}

base::Result<void> Service::sign(http::Request& request) const {
    auto token = protocol::make_sas_token(connection_.host, connection_.key, clock_.system_now() + token_life,
                                          connection_.policy);
    if (!token) return std::move(token).error();
    request.headers["Authorization"] = std::move(*token);
    request.headers["User-Agent"] = "lockctl/" DOORLOCK_VERSION;
    return {};
}

base::Result<void> Service::listen(http::Request request, const http::Client::Listener& listener) {
    if (auto done = sign(request); !done) return done;
    const auto response = listen_(request, listener);
    if (!response) return response.error();
    if (response->status < 200 || response->status > 299) return refusal(*response, connection_);
    return {};
}

base::Result<http::Response> Service::call(http::Request request, std::chrono::milliseconds timeout) {
    if (auto done = sign(request); !done) return std::move(done).error();
    auto response = send_(request, timeout);
    if (!response) return response;
    if (const auto date = base::parse_http_date(response->header("Date"))) hub_date_ = *date;
    if (response->status < 200 || response->status > 299) return refusal(*response, connection_);
    return response;
}

base::Result<base::Json> Service::call_json(http::Request request) {
    const auto response = call(std::move(request));
    if (!response) return response.error();
    auto json = base::Json::parse(response->body, answer_limits);
    if (!json) return base::with_context(std::move(json).error(), "the hub's answer");
    return json;
}

base::Result<void> Service::read_pages(const std::function<http::Request(std::string_view)>& request,
                                       const std::function<void(const Page&)>& on_page) {
    std::string continuation;
    do {
        const auto response = call(request(continuation));
        if (!response) return response.error();
        const auto items = base::Json::parse(response->body, answer_limits);
        if (!items) return base::with_context(items.error(), "the hub's answer");
        if (!items->view().is_array()) {
            return Error{Errc::internal, "the hub's answer is no list: " + response->body.substr(0, 200)};
        }
        on_page(Page{response->header("x-ms-item-type"), response->body, *items});

        std::string next(response->header("x-ms-continuation"));
        if (!next.empty() && next == continuation) {
            return Error{Errc::internal, "the hub gives the same page again and again"};
        }
        continuation = std::move(next);
    } while (!continuation.empty());
    return {};
}

base::Result<void> Service::query(std::string_view text, const std::function<void(const Page&)>& on_page) {
    return read_pages([text](std::string_view continuation) { return query_page(text, continuation); },
                      on_page);
}

base::Result<Capabilities> Service::capabilities() {
    if (capabilities_) return *capabilities_;
    const auto answer = call(get_capabilities());
    if (!answer) {
        // The hub spoke, and does not know the question: a plain IoT Hub.
        const Errc code = answer.error().code;
        if (code != Errc::not_found && code != Errc::invalid_argument && code != Errc::conflict)
            return answer.error();
        capabilities_ = Capabilities{};
        return *capabilities_;
    }
    const auto json = base::Json::parse(answer->body, answer_limits);
    Capabilities found;
    found.lockhub = json && json->find("name").as_string() == "lockhub";
    if (found.lockhub) {
        found.version = json->find("version").as_string().value_or("");
        const auto port = json->find("mqttPort").as_integer();
        if (port && *port > 0 && *port < 65536) found.mqtt_port = static_cast<std::uint16_t>(*port);
        for (const base::JsonView feature : json->find("features")) {
            if (const auto name = feature.as_string()) found.features.emplace(*name);
        }
    }
    capabilities_ = std::move(found);
    return *capabilities_;
}

}  // namespace cli
