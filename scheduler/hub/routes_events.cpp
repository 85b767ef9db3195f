#include "scheduler/hub/routes_events.hpp"

#include "base/excerpt.hpp"
#include "base/iso8601.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hub {

namespace {

using protocol::HubError;

constexpr std::size_t default_page = 100;
constexpr std::size_t max_page = 1000;
constexpr std::size_t max_bytes = std::size_t{8} * 1024 * 1024;  // of one answer

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

// The number of an event, 0 or more; nothing if the text is empty.
Outcome<std::optional<std::int64_t>> parse_id(std::string_view name, std::string_view text) {
    if (text.empty()) return std::optional<std::int64_t>();
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id < 0) {
        return invalid(std::string(name) + ": '" + base::excerpt(text, 40) + "' is no number of an event");
    }
    return std::optional(id);
}

Outcome<EventFilter> parse_filter(const http::Request& request) {
    EventFilter filter;
    filter.device_id = request.parameter("device");
    std::string_view kinds = request.parameter("kind");
    if (kinds.empty()) return filter;
    filter.kinds.fill(false);
    while (!kinds.empty()) {
        const std::string_view word = kinds.substr(0, kinds.find(','));
        kinds.remove_prefix(std::min(kinds.size(), word.size() + 1));
        const auto kind = parse_event_kind(word);
        if (!kind) {
            return invalid("kind: '" + base::excerpt(word, 40) +
                           "' is none; there are telemetry, connection, twin, message, job and method");
        }
        filter.kinds.at(static_cast<std::size_t>(*kind)) = true;
    }
    return filter;
}

// The event behind which a listener wants to begin: by number, or by a time; nothing for "from now on".
Outcome<std::optional<std::int64_t>> parse_begin(EventLog& log, const http::Request& request) {
    if (const auto last = request.header("Last-Event-ID"); !last.empty()) {
        return parse_id("Last-Event-ID", last);
    }
    const std::string_view since = request.parameter("since");
    if (since.empty()) return parse_id("after", request.parameter("after"));
    const auto time = base::parse_iso8601(since);
    if (!time) return invalid("since: " + time.error().message);
    return std::optional(std::max<std::int64_t>(0, log.first_since(*time) - 1));
}

void stream(EventStreams& streams, EventLog& log, const Call& call, const Reply& reply) {
    const http::Request& request = call.request;
    auto filter = parse_filter(request);
    if (!filter) return reply.fault(filter.error());
    const auto after = parse_begin(log, request);
    if (!after) return reply.fault(after.error());
    const std::string_view follow = request.parameter("follow");
    if (!follow.empty() && follow != "true" && follow != "false") {
        return reply.fault(invalid("follow: '" + base::excerpt(follow, 40) + "' is neither true nor false"));
    }
    if (!streams.has_room()) {
        return reply.fault(
            {HubError::throttling_exception, "there are " + std::to_string(streams.size()) +
                                                 " event streams open; close one, or try again later"});
    }
    http::Response response;
    response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
    response.stream = streams.open({.filter = std::move(*filter),
                                    .after = *after,
                                    .until = call.caller.until,
                                    .policy = call.caller.policy,
                                    .follow = follow != "false"});
    reply.send(std::move(response));
}

void telemetry(EventLog& log, const Events& events, const Call& call, const Reply& reply) {
    const http::Request& request = call.request;
    const auto limit = parse_count("limit", request.parameter("limit"), default_page);
    if (!limit) return reply.fault(limit.error());
    const std::string_view token = request.header("x-ms-continuation");
    const auto given =
        token.empty() ? parse_id("after", request.parameter("after")) : parse_id("x-ms-continuation", token);
    if (!given) return reply.fault(given.error());
    std::int64_t after = given->value_or(0);
    if (const auto since = request.parameter("since"); !since.empty()) {
        const auto time = base::parse_iso8601(since);
        if (!time) return reply.fault(invalid("since: " + time.error().message));
        after = std::max(after, log.first_since(*time) - 1);
    }

    std::string body = "[";
    std::size_t count = 0;
    bool more = false;
    log.read_telemetry(request.parameter("device"), after, [&](const Event& event) {
        if (event.id > events.last_published()) return false;  // not durable yet
        more =
            count == std::min(*limit, max_page) || (count > 0 && body.size() + event.data.size() > max_bytes);
        if (more) return false;
        if (count++ > 0) body += ',';
        // {"id":17, and then what it begins with after its brace
        body += "{\"id\":" + std::to_string(event.id) + ',';
        body += std::string_view(event.data).substr(1);
        after = event.id;
        return true;
    });
    http::Response response = http::json_response(200, body + "]");
    if (more) response.headers["x-ms-continuation"] = std::to_string(after);
    reply.send(std::move(response));
}

}  // namespace

void add_event_routes(Router& router, EventStreams& streams, EventLog& log, const Events& events) {
    const Rights right = Rights::service_connect();
    router.add_own(
        "GET", "/lockhub/v1/events", right,
        [&streams, &log](const Call& call, const Reply& reply) { stream(streams, log, call, reply); });
    router.add_own(
        "GET", "/lockhub/v1/telemetry", right,
        [&log, &events](const Call& call, const Reply& reply) { telemetry(log, events, call, reply); });
}

}  // namespace hub
