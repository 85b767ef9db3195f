#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/answer.hpp"
#include "protocol/topics.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace firmware {

// The direct methods in flight: hands each to the door and sends the answer with its request id, on the
// connection that asked and on no other, for the hub has given up the calls of a connection that ended.
class MethodCalls {
  public:
    using Done = std::function<void(Answer)>;
    // `done` is called once, now or later, on the same thread.
    using Call = std::function<void(std::string_view name, std::string_view payload, Done done)>;
    using Publish = std::function<base::Result<void>(const std::string& topic, const std::string& payload)>;

    MethodCalls(Call call, Publish publish, const base::Log& log);
    MethodCalls(const MethodCalls&) = delete;
    MethodCalls& operator=(const MethodCalls&) = delete;

    void connected();
    void disconnected() { stands_ = false; }
    void request(const protocol::MethodRequest& request, const std::string& payload);

    // Calls of this connection that wait for their answer.
    [[nodiscard]] unsigned pending() const { return pending_; }

    static constexpr unsigned most = 64;  // beyond it the answer is 429

  private:
    void answer(std::uint64_t connection, const std::string& rid, const Answer& given);

    Call call_;
    Publish publish_;
    const base::Log& log_;
    std::uint64_t connection_ = 0;
    bool stands_ = false;
    unsigned pending_ = 0;
};

}  // namespace firmware
