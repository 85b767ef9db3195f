#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/registry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hub {

// A direct method as the service asks for it (iothub-protocol.md §2.6).
struct MethodRequest {
    std::string name;
    std::string payload = "null";  // JSON as sent; it passes unchanged
    std::chrono::seconds response_timeout{30};
    std::chrono::seconds connect_timeout{0};
};
// Reads the body of POST /twins/{id}/methods, and checks it: ArgumentInvalid, MessageTooLarge.
[[nodiscard]] Outcome<MethodRequest> parse_method_request(std::string_view body);
[[nodiscard]] Outcome<void> check_method_request(const MethodRequest& request);

// What the device answered; its status is its own business.
struct MethodResult {
    int status = 0;
    std::string payload = "null";  // JSON as the device sent it
};
// {"status":200,"payload":…}
[[nodiscard]] std::string method_result_json(const MethodResult& result);

// The method calls in flight. Each ends once: by the device's answer, its end, or a time-out. The owner calls
// tick() at next_due().
class MethodCalls {
  public:
    struct Options {
        std::size_t most = 100'000;      // in flight and waiting for a device, together
        std::size_t most_a_device = 50;  // of these, for one device
    };
    using Done = std::function<void(Outcome<MethodResult>)>;

    MethodCalls(DeviceSessions& sessions, Registry& registry, const base::Clock& clock, Options options);
    MethodCalls(const MethodCalls&) = delete;
    MethodCalls& operator=(const MethodCalls&) = delete;

    // Calls a method. `done` is called exactly once, perhaps before call() returns. Faults: DeviceNotFound,
    // DeviceNotOnline (404103: not connected or not subscribed within the connect time-out, or gone before it
    // answered), GatewayTimeout (504101), DeviceMaximumInflightMethodExceeded, ThrottlingException,
    // DeserializationError (the answer is no JSON), MessageTooLarge, and those of check_method_request().
    void call(std::string_view device_id, MethodRequest request, Done done);

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();
    [[nodiscard]] std::size_t in_flight() const { return calls_.size(); }

  private:
    struct Call;
    struct DeviceCalls;
    using Number = std::uint64_t;

    void send(Number number);
    void finish(Number number, Outcome<MethodResult> outcome);
    void device_callable(const std::string& device_id);
    void device_gone(const std::string& device_id, std::uint64_t connection, const std::string& reason);
    void responded(const DeviceSessions::MethodResponse& response);

    DeviceSessions& sessions_;
    Registry& registry_;
    const base::Clock& clock_;
    Options options_;
    Number next_;
    std::unordered_map<Number, Call> calls_;
    std::unordered_map<std::string, DeviceCalls> by_device_;
    std::multimap<base::SteadyTime, Number> due_;
};

}  // namespace hub
