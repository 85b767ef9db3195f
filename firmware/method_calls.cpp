#include "firmware/method_calls.hpp"

#include <utility>

namespace firmware {

MethodCalls::MethodCalls(Call call, Publish publish, const base::Log& log)
    : call_(std::move(call)), publish_(std::move(publish)), log_(log) {}

void MethodCalls::connected() {
    ++connection_;
    stands_ = true;
    pending_ = 0;
}

void MethodCalls::request(const protocol::MethodRequest& request, const std::string& payload) {
    const std::string rid(request.rid);
    if (pending_ >= most) {
        return answer(connection_, rid,
                      failure(429, "more than " + std::to_string(most) + " methods wait for an answer"));
    }
    ++pending_;
    call_(request.name, payload, [this, connection = connection_, rid](const Answer& given) {
        if (connection == connection_ && pending_ > 0) --pending_;
        answer(connection, rid, given);
    });
}

void MethodCalls::answer(std::uint64_t connection, const std::string& rid, const Answer& given) {
    if (connection != connection_ || !stands_) return;
    if (auto sent = publish_(protocol::method_response_topic(given.status, rid), given.body); !sent) {
        log_.warning("answer_not_sent", {{"reason", sent.error().message}});
    }
}

}  // namespace firmware
