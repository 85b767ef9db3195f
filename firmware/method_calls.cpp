#include "firmware/method_calls.hpp"

#include <utility>

namespace firmware {

namespace {

constexpr std::chrono::milliseconds send_pause{10};  // until the client may have room again

}  // namespace

MethodCalls::MethodCalls(Call call, Publish publish, const base::Clock& clock, const base::Log& log,
                         std::function<void()> settled)
    : call_(std::move(call)),
      publish_(std::move(publish)),
      clock_(clock),
      log_(log),
      settled_(std::move(settled)) {}

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
        if (idle()) settled_();
    });
}

void MethodCalls::refuse(const protocol::MethodRequest& request, const Answer& given) {
    answer(connection_, std::string(request.rid), given);
}

void MethodCalls::answer(std::uint64_t connection, const std::string& rid, const Answer& given) {
    if (connection != connection_ || !stands_) return;
    Unsent answer{protocol::method_response_topic(given.status, rid), given.body};
    if (!unsent_.empty()) return keep(std::move(answer), {base::Errc::unavailable, "others wait, too"});
    if (auto sent = publish_(answer.topic, answer.body); !sent) keep(std::move(answer), sent.error());
}

void MethodCalls::keep(Unsent answer, const base::Error& reason) {
    if (unsent_.size() < unsent_most) {
        unsent_.push_back(std::move(answer));
        if (!send_again_) send_again_ = clock_.steady_now() + send_pause;
    } else if (lost_++ == 0) {
        log_.warning("answer_not_sent", {{"reason", reason.message}});
    }
}

void MethodCalls::tick() {
    if (!send_again_ || *send_again_ > clock_.steady_now()) return;
    send_again_.reset();
    while (!unsent_.empty()) {
        if (!publish_(unsent_.front().topic, unsent_.front().body)) {
            send_again_ = clock_.steady_now() + send_pause;
            return;
        }
        unsent_.pop_front();
    }
    if (lost_ > 0) log_.warning("answers_lost", {{"count", std::exchange(lost_, 0)}});
    if (idle()) settled_();
}

void MethodCalls::disconnected() {
    stands_ = false;
    unsent_.clear();
    send_again_.reset();
    lost_ = 0;
}

}  // namespace firmware
