#include "scheduler/hub/method_request.hpp"

#include "base/excerpt.hpp"
#include "base/json.hpp"
#include "protocol/topics.hpp"
#include "scheduler/hub/object_text.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::chrono::seconds min_response{5};
constexpr std::chrono::seconds max_response{300};
constexpr std::chrono::seconds max_connect{300};

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

// A member that is a number of seconds; `otherwise` if it is absent or null.
Outcome<std::chrono::seconds> read_seconds(const std::vector<base::RawMember>& members, std::string_view name,
                                           std::chrono::seconds otherwise) {
    const auto raw = base::find_raw(members, name);
    if (!raw) return otherwise;
    const auto value = base::Json::parse(*raw);
    if (value && value->view().is_null()) return otherwise;
    const auto seconds = value ? value->view().as_integer() : std::nullopt;
    if (!seconds)
        return invalid(std::string(name) + " must be a whole number of seconds, and is " +
                       base::excerpt(*raw, 40));
    return std::chrono::seconds(*seconds);
}

Outcome<void> check_range(std::string_view name, std::chrono::seconds value, std::chrono::seconds least,
                          std::chrono::seconds most) {
    if (value >= least && value <= most) return {};
    return invalid(std::string(name) + " is " + std::to_string(value.count()) + "; it must be " +
                   std::to_string(least.count()) + " to " + std::to_string(most.count()));
}

}  // namespace

Outcome<MethodRequest> parse_method_request(std::string_view body) {
    const auto members =
        base::raw_members(body, {.bytes = 2 * max_method_payload, .depth = 33, .comments = false});
    if (!members) return fault_from(members.error());

    MethodRequest request;
    const auto raw_name = base::find_raw(*members, "methodName");
    if (!raw_name) return invalid("methodName is missing");
    const auto name = base::Json::parse(*raw_name);
    if (!name || !name->view().is_string()) return invalid("methodName must be a string");
    request.name = std::string(*name->view().as_string());
    if (const auto payload = base::find_raw(*members, "payload")) request.payload = std::string(*payload);

    const auto response = read_seconds(*members, "responseTimeoutInSeconds", request.response_timeout);
    if (!response) return response.error();
    request.response_timeout = *response;
    const auto connect = read_seconds(*members, "connectTimeoutInSeconds", request.connect_timeout);
    if (!connect) return connect.error();
    request.connect_timeout = *connect;

    if (auto good = check_method_request(request); !good) return std::move(good).error();
    return request;
}

Outcome<void> check_method_request(const MethodRequest& request) {
    if (auto good = protocol::check_method_name(request.name); !good) {
        return invalid("methodName: " + good.error().message);
    }
    if (request.payload.size() > max_method_payload) {
        return Fault{HubError::message_too_large,
                     "the payload has " + std::to_string(request.payload.size()) + " bytes; at most " +
                         std::to_string(max_method_payload) + " are allowed"};
    }
    if (auto good =
            check_range("responseTimeoutInSeconds", request.response_timeout, min_response, max_response);
        !good) {
        return good;
    }
    return check_range("connectTimeoutInSeconds", request.connect_timeout, std::chrono::seconds(0),
                       max_connect);
}

std::string method_result_json(const MethodResult& result) {
    return ObjectText().number("status", result.status).raw("payload", result.payload).done();
}

}  // namespace hub
