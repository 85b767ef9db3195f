#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/method_request.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/signal.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hub {

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
    // DeviceNotOnline (404103: not connected or not subscribed within the connect time-out; nothing was
    // sent), DeviceConnectionClosedRemotely (404104: it was sent, and the connection ended before the
    // answer), GatewayTimeout (504101), DeviceMaximumInflightMethodExceeded, ThrottlingException,
    // DeserializationError (the answer is no JSON), MessageTooLarge, and those of check_method_request().
    void call(std::string_view device_id, MethodRequest request, Done done);

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();
    // The hub stops: ends all calls, and lets none wait for a device any more.
    void stop();
    [[nodiscard]] std::size_t in_flight() const { return calls_.size(); }

    // A call has ended, in whatever way; also one that was refused at once.
    struct Ended {
        std::string_view device_id;
        std::string_view name;
        const Outcome<MethodResult>& outcome;
        std::chrono::nanoseconds took;
    };
    Signal<const Ended&> ended;

  private:
    using Number = std::uint64_t;
    using Due = std::multimap<base::SteadyTime, Number>;
    struct Call {
        std::string device_id;
        MethodRequest request;
        Done done;
        std::uint64_t connection = 0;  // that has to answer; 0 while the device is waited for
        base::SteadyTime began;
        Due::iterator due;
    };

    void refuse(std::string_view device_id, const MethodRequest& request, const Done& done, Fault fault);
    void begin(std::string_view device_id, MethodRequest request, Done done);
    void wait(std::string_view device_id, MethodRequest request, Done done);
    void add(Number number, Call call, std::chrono::milliseconds time_out);
    void finish(Number number, Outcome<MethodResult> outcome);
    // The calls to one device; a copy, for what ends may begin others.
    [[nodiscard]] std::vector<Number> calls_of(const std::string& device_id) const;
    void device_callable(const std::string& device_id);
    void device_gone(const std::string& device_id, std::uint64_t connection);
    void responded(const DeviceSessions::MethodResponse& response);

    DeviceSessions& sessions_;
    Registry& registry_;
    const base::Clock& clock_;
    Options options_;
    // Request ids go on from a random number: an answer that comes late, even to a hub that was restarted,
    // belongs to no other call.
    Number last_;
    std::unordered_map<Number, Call> calls_;
    std::unordered_map<std::string, std::vector<Number>> by_device_;
    Due due_;
    bool stopped_ = false;
};

}  // namespace hub
