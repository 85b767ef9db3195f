#include "scheduler/hub/method_calls.hpp"

#include "base/json.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/random.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;
using std::chrono::milliseconds;

// Node's service SDK gives up after exactly the time-out; the hub's 504 must be there before (§2.6).
constexpr milliseconds ahead_of_caller{100};

std::string to_rid(std::uint64_t number) {
    std::array<char, 16> text{};
    const auto result = std::to_chars(text.begin(), text.end(), number, 16);
    return {text.begin(), result.ptr};
}

std::optional<std::uint64_t> from_rid(std::string_view rid) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(rid.data(), rid.data() + rid.size(), number, 16);
    if (error != std::errc() || end != rid.data() + rid.size()) return std::nullopt;
    return number;
}

Fault not_online(std::string_view device_id) {
    return {HubError::device_not_online,
            "The operation failed because " + describe_identity(device_id) +
                " isn't online or hasn't registered the direct method callback. To learn more, see "
                "https://aka.ms/iothub404103"};
}

Fault connection_lost(std::string_view device_id) {
    return {HubError::device_connection_closed_remotely,
            describe_identity(device_id) +
                ": the connection ended before the device answered; whether it carried the method out is "
                "not known"};
}

// A device may answer with nothing, which is null, but not with what is no JSON.
Outcome<MethodResult> read_response(const std::string& device_id, int status, std::string_view payload) {
    if (payload.find_first_not_of(" \t\r\n") == std::string_view::npos) return MethodResult{status, "null"};
    if (payload.size() > max_method_payload) {
        return Fault{HubError::message_too_large, describe_identity(device_id) + " answered with " +
                                                      std::to_string(payload.size()) + " bytes; at most " +
                                                      std::to_string(max_method_payload) + " are allowed"};
    }
    if (const auto good = base::check_json(payload); !good) {
        return Fault{HubError::deserialization_error,
                     describe_identity(device_id) + " answered with status " + std::to_string(status) +
                         ", but its payload is no JSON: " + good.error().message};
    }
    return MethodResult{status, std::string(payload)};
}

}  // namespace

MethodCalls::MethodCalls(DeviceSessions& sessions, Registry& registry, const base::Clock& clock,
                         Options options)
    : sessions_(sessions),
      registry_(registry),
      clock_(clock),
      options_(options),
      last_(random_number() >> 16U) {  // far from the end
    sessions_.callable.connect([this](const std::string& device_id) { device_callable(device_id); });
    sessions_.gone.connect([this](const std::string& device_id, std::uint64_t connection,
                                  const std::string&) { device_gone(device_id, connection); });
    sessions_.method_responded.connect(
        [this](const DeviceSessions::MethodResponse& response) { responded(response); });
}

void MethodCalls::call(std::string_view device_id, MethodRequest request, Done done) {
    const auto refused = [&](Fault fault) { refuse(device_id, request, done, std::move(fault)); };
    if (auto good = check_method_request(request); !good) return refused(std::move(good).error());
    if (calls_.size() >= options_.most) {
        return refused({HubError::throttling_exception,
                        std::to_string(options_.most) + " method calls are in flight; try again later"});
    }
    const auto others = by_device_.find(std::string(device_id));
    if (others != by_device_.end() && others->second.size() >= options_.most_a_device) {
        return refused({HubError::device_maximum_inflight_method_exceeded,
                        std::to_string(options_.most_a_device) + " calls to " + describe_identity(device_id) +
                            " are in flight; wait for their answers"});
    }
    if (sessions_.can_call(device_id)) return begin(device_id, std::move(request), std::move(done));
    if (!registry_.find(device_id)) {
        return refused(not_registered(device_id));
    }
    if (request.connect_timeout.count() == 0 || stopped_) return refused(not_online(device_id));
    wait(device_id, std::move(request), std::move(done));
}

void MethodCalls::refuse(std::string_view device_id, const MethodRequest& request, const Done& done,
                         Fault fault) {
    const Outcome<MethodResult> outcome = std::move(fault);
    ended.emit({device_id, request.name, outcome, {}});
    done(outcome);
}

void MethodCalls::begin(std::string_view device_id, MethodRequest request, Done done) {
    const Number number = ++last_;
    const auto connection = sessions_.send_method(device_id, request.name, to_rid(number), request.payload);
    // The link ended instead of taking it.
    if (!connection) return refuse(device_id, request, done, not_online(device_id));
    const milliseconds time_out = request.response_timeout - ahead_of_caller;
    add(number, {std::string(device_id), std::move(request), std::move(done), *connection, {}, {}}, time_out);
}

void MethodCalls::wait(std::string_view device_id, MethodRequest request, Done done) {
    const milliseconds time_out = request.connect_timeout - ahead_of_caller;
    add(++last_, {std::string(device_id), std::move(request), std::move(done), 0, {}, {}}, time_out);
}

void MethodCalls::add(Number number, Call call, milliseconds time_out) {
    call.began = clock_.steady_now();
    call.due = due_.emplace(call.began + time_out, number);
    by_device_[call.device_id].push_back(number);
    calls_.emplace(number, std::move(call));
}

void MethodCalls::finish(Number number, Outcome<MethodResult> outcome) {
    const auto found = calls_.find(number);
    if (found == calls_.end()) return;
    const Call call = std::move(found->second);
    calls_.erase(found);
    due_.erase(call.due);
    const auto others = by_device_.find(call.device_id);
    auto& numbers = others->second;
    numbers.erase(std::find(numbers.begin(), numbers.end(), number));
    if (numbers.empty()) by_device_.erase(others);
    ended.emit({call.device_id, call.request.name, outcome, clock_.steady_now() - call.began});
    call.done(std::move(outcome));
}

std::vector<MethodCalls::Number> MethodCalls::calls_of(const std::string& device_id) const {
    const auto found = by_device_.find(device_id);
    return found == by_device_.end() ? std::vector<Number>() : found->second;
}

void MethodCalls::device_callable(const std::string& device_id) {
    for (const Number number : calls_of(device_id)) {
        const auto found = calls_.find(number);
        if (found == calls_.end() || found->second.connection != 0) continue;
        Call& call = found->second;
        const auto connection =
            sessions_.send_method(device_id, call.request.name, to_rid(number), call.request.payload);
        if (!connection) return;  // gone again; it is still waited for
        call.connection = *connection;
        due_.erase(call.due);
        call.due =
            due_.emplace(clock_.steady_now() + call.request.response_timeout - ahead_of_caller, number);
    }
}

void MethodCalls::device_gone(const std::string& device_id, std::uint64_t connection) {
    for (const Number number : calls_of(device_id)) {
        const auto found = calls_.find(number);
        if (found != calls_.end() && found->second.connection == connection) {
            finish(number, connection_lost(device_id));
        }
    }
}

void MethodCalls::responded(const DeviceSessions::MethodResponse& response) {
    const auto number = from_rid(response.rid);
    const auto found = number ? calls_.find(*number) : calls_.end();
    // Too late, or somebody else's: IoT Hub ignores it without a word (§1.6).
    if (found == calls_.end() || found->second.connection != response.connection) return;
    finish(*number, read_response(found->second.device_id, response.status, response.payload));
}

void MethodCalls::stop() {
    stopped_ = true;
    std::vector<Number> numbers;
    for (const auto& [due, number] : due_) {
        numbers.push_back(number);
    }
    for (const Number number : numbers) {
        const auto found = calls_.find(number);
        if (found == calls_.end()) continue;
        const Call& call = found->second;
        finish(number, call.connection == 0 ? not_online(call.device_id) : connection_lost(call.device_id));
    }
}

std::optional<base::SteadyTime> MethodCalls::next_due() const {
    return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void MethodCalls::tick() {
    const base::SteadyTime now = clock_.steady_now();
    while (!due_.empty() && due_.begin()->first <= now) {
        const Number number = due_.begin()->second;
        const Call& call = calls_.at(number);
        Fault fault = not_online(call.device_id);
        if (call.connection != 0) {
            fault = {HubError::gateway_timeout,
                     "Timed out waiting for the response from " + describe_identity(call.device_id) +
                         " to '" + call.request.name + "' (" +
                         std::to_string(call.request.response_timeout.count()) + " s)."};
        }
        finish(number, std::move(fault));
    }
}

}  // namespace hub
