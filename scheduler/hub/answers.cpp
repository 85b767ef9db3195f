#include "scheduler/hub/answers.hpp"

#include "protocol/error_body.hpp"
#include "scheduler/hub/tracking.hpp"

#include <utility>

namespace hub {

using protocol::HubError;

http::Response Answers::fault(const Fault& fault) const {
    const base::SystemTime now = clock_.system_now();
    const int status = protocol::http_status(fault.code);
    if (fault.code == HubError::device_not_online || fault.code == HubError::gateway_timeout ||
        fault.code == HubError::device_connection_closed_remotely) {
        return http::json_response(
            status, protocol::nested_error_body(fault.code, fault.message, new_tracking_id(now), now));
    }
    return refusal(status, protocol::error_name(fault.code), fault.message);
}

http::Response Answers::refusal(int status, std::string_view name, std::string_view text) const {
    return http::json_response(
        status, protocol::classic_error_body(name, text, new_tracking_id(clock_.system_now())));
}

Reply::Reply(http::Responder responder, Database& database, const Answers& answers)
    : responder_(std::move(responder)), database_(&database), answers_(&answers) {}

void Reply::send(http::Response response) const {
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
