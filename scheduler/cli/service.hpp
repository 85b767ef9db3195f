#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "protocol/connection_string.hpp"
#include "scheduler/http/client.hpp"
#include "scheduler/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace cli {

// What the hub at hand has beyond IoT Hub. Of a plain IoT Hub: nothing.
struct Capabilities {
    bool lockhub = false;
    std::string version = {};
    std::uint16_t mqtt_port = 8883;
    std::set<std::string, std::less<>> features = {};
};

// Whether the hub may answer the same request later: it is away, slow or busy.
[[nodiscard]] bool may_pass(base::Errc code);

// One page of a list. `text` is the JSON array as it came, `items` the same parsed; `type` is Twin,
// DeviceJob, JobResponse or Raw.
struct Page {
    std::string_view type;
    std::string_view text;
    base::JsonView items;
};

// A hub's service API, by the rights of one policy.
class Service {
  public:
    using Send = std::function<base::Result<http::Response>(const http::Request& request,
                                                            std::chrono::milliseconds timeout)>;

    // As http::Client::listen.
    using Listen = std::function<base::Result<http::Response>(const http::Request& request,
                                                              const http::Client::Listener& listener)>;

    Service(protocol::ServiceConnectionString connection, Send send, Listen listen, const base::Clock& clock);

    [[nodiscard]] const protocol::ServiceConnectionString& connection() const { return connection_; }

    // The answer if its status is 2xx. Otherwise an error that says what the hub said: Errc::unauthorized
    // (401, 403), not_found, conflict (the thing's state forbids it; a device that is not connected), timeout
    // (the device did not answer), busy (throttled), invalid_argument, unavailable, io (the connection to the
    // hub, or the hub's to the device, broke after the request had been sent).
    [[nodiscard]] base::Result<http::Response> call(
        http::Request request, std::chrono::milliseconds timeout = std::chrono::seconds(60));
    // The same for a body that goes on; returns when it has ended, or `listener.more` wanted no more.
    [[nodiscard]] base::Result<void> listen(http::Request request, const http::Client::Listener& listener);
    // The same, its body parsed.
    [[nodiscard]] base::Result<base::Json> call_json(http::Request request);

    // All pages of a list; `request` makes the one that follows a continuation token.
    [[nodiscard]] base::Result<void> read_pages(
        const std::function<http::Request(std::string_view continuation)>& request,
        const std::function<void(const Page&)>& on_page);
    [[nodiscard]] base::Result<void> query(std::string_view text,
                                           const std::function<void(const Page&)>& on_page);

    // The hub's clock, as the last answer told it (RFC 9110 §6.6.1).
    [[nodiscard]] std::optional<base::SystemTime> hub_date() const { return hub_date_; }

    // Asked for once.
    [[nodiscard]] base::Result<Capabilities> capabilities();

  private:
    [[nodiscard]] base::Result<void> sign(http::Request& request) const;

    protocol::ServiceConnectionString connection_;
    Send send_;
    Listen listen_;
    const base::Clock& clock_;
    std::optional<Capabilities> capabilities_;
    std::optional<base::SystemTime> hub_date_;
};

}  // namespace cli
