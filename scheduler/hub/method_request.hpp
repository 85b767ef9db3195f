#pragma once

#include "scheduler/hub/fault.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace hub {

inline constexpr std::size_t max_method_payload = std::size_t{128} * 1024;  // each way (§1.6)

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

}  // namespace hub
