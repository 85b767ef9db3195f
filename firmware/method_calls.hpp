#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/answer.hpp"
#include "protocol/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// The direct methods in flight: hands each to the door and sends the answer with its request id, on the
// connection that asked and on no other, for the hub has given up the calls of a connection that ended. What
// the client has no room for at the moment waits and is sent a little later, in order.
class MethodCalls {
  public:
    using Done = std::function<void(Answer)>;
    // `done` is called once, now or later, on the same thread.
    using Call = std::function<void(std::string_view name, std::string_view payload, Done done)>;
    using Publish = std::function<base::Result<void>(const std::string& topic, const std::string& payload)>;

    // `settled` is called when idle() may have become true.
    MethodCalls(Call call, Publish publish, const base::Clock& clock, const base::Log& log,
                std::function<void()> settled);
    MethodCalls(const MethodCalls&) = delete;
    MethodCalls& operator=(const MethodCalls&) = delete;

    void connected();
    void disconnected();
    // Sends what waits for room, when it is time.
    void tick();
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return send_again_; }
    void request(const protocol::MethodRequest& request, const std::string& payload);
    // Without asking the door.
    void refuse(const protocol::MethodRequest& request, const Answer& given);

    // Calls of this connection that wait for their answer.
    [[nodiscard]] unsigned pending() const { return pending_; }
    // Nobody waits for an answer, and none waits for room.
    [[nodiscard]] bool idle() const { return pending_ == 0 && unsent_.empty(); }

    static constexpr unsigned most = 64;  // beyond it the answer is 429
    static constexpr std::size_t unsent_most =
        4096;  // answers; beyond it they are lost, and counted in the log

  private:
    struct Unsent {
        std::string topic;
        std::string body;
    };
    void answer(std::uint64_t connection, const std::string& rid, const Answer& given);
    void keep(Unsent answer, const base::Error& reason);

    Call call_;
    Publish publish_;
    const base::Clock& clock_;
    const base::Log& log_;
    std::function<void()> settled_;
    std::uint64_t connection_ = 0;
    bool stands_ = false;
    unsigned pending_ = 0;
    std::deque<Unsent> unsent_;
    unsigned lost_ = 0;  // since the client had no room
    std::optional<base::SteadyTime> send_again_;
};

}  // namespace firmware
