#include "scheduler/hub/routes_audit.hpp"

#include "base/excerpt.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace hub {

namespace {

using protocol::HubError;

constexpr std::size_t default_page = 100;
constexpr std::size_t max_page = 1000;
constexpr std::size_t max_bytes = std::size_t{1024} * 1024;  // of one answer; a record alone may be more

Outcome<std::int64_t> parse_after(std::string_view text) {
    std::int64_t number = 0;
    if (text.empty()) return number;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) {
        return Fault{HubError::argument_invalid,
                     "after: '" + base::excerpt(text, 40) + "' is no number of a record"};
    }
    return number;
}

std::string mark_json(const protocol::AuditMark& mark) {
    return "{\"seq\":" + std::to_string(mark.seq) + ",\"hash\":\"" + mark.hash + "\"}";
}

// A record is sent as text, so that its bytes arrive as they were hashed.
void page(AuditLog& log, const Call& call, const Reply& reply) {
    const auto after = parse_after(call.request.parameter("after"));
    if (!after) return reply.fault(after.error());
    const auto limit = parse_count("limit", call.request.parameter("limit"), default_page);
    if (!limit) return reply.fault(limit.error());
    const std::size_t most = std::min(*limit, max_page);
    std::string body =
        "{\"start\":" + mark_json(log.start()) + ",\"head\":" + mark_json(log.head()) + ",\"records\":[";
    std::size_t count = 0;
    log.read(*after, [&](const protocol::AuditRecord& record) {
        if (count == most || (count > 0 && body.size() + record.text.size() > max_bytes)) return false;
        if (count++ > 0) body += ',';
        body += "{\"seq\":" + std::to_string(record.seq) + ",\"hash\":\"" + record.hash +
                "\",\"record\":" + base::quote_json(record.text) + '}';
        return true;
    });
    reply.json(body + "]}");
}

}  // namespace

void add_audit_route(Router& router, AuditLog& log) {
    // Of who may see every identity, and may command nothing.
    router.add_own("GET", "/lockhub/v1/audit", Rights::registry_read(),
                   [&log](const Call& call, const Reply& reply) { page(log, call, reply); });
}

}  // namespace hub
