#include "scheduler/hub/answers.hpp"

#include "protocol/error_body.hpp"
#include "scheduler/hub/tracking.hpp"

#include <utility>

namespace hub {

using protocol::HubError;

namespace {

// IoT Hub's name for it where there is one, else HTTP's (RFC 9110 §15, RFC 6585 §5) in its manner.
std::string_view name_of(int status) {
    switch (status) {
        case 400:
            return protocol::error_name(HubError::argument_invalid);
        case 405:
            return "MethodNotAllowed";
        case 408:
            return "RequestTimeout";
        case 413:
            return protocol::error_name(HubError::message_too_large);
        case 426:
            return "UpgradeRequired";
        case 431:
            return "RequestHeaderFieldsTooLarge";
        case 503:
            return protocol::error_name(HubError::service_unavailable);
        default:
            return protocol::error_name(HubError::server_error);
    }
}

}  // namespace

http::Response Answers::fault(const Fault& fault) const {
    const base::SystemTime now = clock_.system_now();
    const int status = protocol::http_status(fault.code);
    if (fault.code == HubError::device_not_online || fault.code == HubError::gateway_timeout ||
        fault.code == HubError::device_connection_closed_remotely) {
        return http::json_response(
            status, protocol::nested_error_body(fault.code, fault.message, new_tracking_id(now), now));
    }
    http::Response response = refusal(status, protocol::error_name(fault.code), fault.message);
    response.wrong_proof = fault.wrong_proof;
    return response;
}

http::Response Answers::below_routes(int status, std::string_view text) const {
    return refusal(status, name_of(status), text);
}

http::Response Answers::refusal(int status, std::string_view name, std::string_view text) const {
    return http::json_response(
        status, protocol::classic_error_body(name, text, new_tracking_id(clock_.system_now())));
}

Reply::Reply(http::Responder responder, Database& database, const Answers& answers)
    : responder_(std::move(responder)), database_(&database), answers_(&answers) {}

Reply Reply::watched(Watch watch) const {
    Reply reply(*this);
    reply.watch_ = std::move(watch);
    return reply;
}

void Reply::send(http::Response response) const {
    if (watch_) watch_(response);
    database_->after_commit([responder = responder_, answers = answers_,
                             response = std::move(response)](const base::Result<void>& committed) mutable {
        if (!committed && response.stream) response.stream->close();
        responder.answer(committed ? std::move(response) : answers->fault(fault_from(committed.error())));
    });
}

void Reply::json(std::string body) const {
    send(http::json_response(200, std::move(body)));
}

void Reply::no_content() const {
    send(http::Response{.status = 204, .headers = {}, .body = {}});
}

void Reply::fault(const Fault& fault) const {
    send(answers_->fault(fault));
}

void Reply::refusal(int status, std::string_view name, std::string_view text) const {
    send(answers_->refusal(status, name, text));
}

void Reply::outcome(const Outcome<std::string>& body) const {
    if (body) {
        json(*body);
    } else {
        fault(body.error());
    }
}

}  // namespace hub
