#include "scheduler/cli/audit_reader.hpp"

#include "base/json.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cli {

namespace {

constexpr int page_size = 1000;
// The hub's page, and what quoting adds to it.
constexpr base::JsonLimits page_limits{.bytes = std::size_t{16} * 1024 * 1024, .depth = 8, .comments = false};

std::optional<protocol::AuditMark> mark_of(base::JsonView json) {
    const auto seq = json.find("seq").as_integer();
    const auto hash = json.find("hash").as_string();
    if (!seq || !hash) return std::nullopt;
    return protocol::AuditMark{*seq, std::string(*hash)};
}

base::Error strange() {
    return {base::Errc::internal, "the hub's answer is no page of an audit log"};
}

}  // namespace

base::Result<AuditPage> read_audit_page(Service& service, std::int64_t after, int limit) {
    http::Request request;
    request.path = "/lockhub/v1/audit";
    request.query["after"] = std::to_string(after);
    request.query["limit"] = std::to_string(limit);
    const auto response = service.call(std::move(request));
    if (!response) return response.error();
    const auto json = base::Json::parse(response->body, page_limits);
    if (!json) return base::with_context(json.error(), "the hub's answer");
    auto start = mark_of(json->find("start"));
    auto head = mark_of(json->find("head"));
    if (!start || !head) return strange();
    AuditPage page{std::move(*start), std::move(*head), {}};
    for (const base::JsonView entry : json->find("records")) {
        auto mark = mark_of(entry);
        const auto text = entry.find("record").as_string();
        if (!mark || !text) return strange();
        page.records.push_back({mark->seq, std::string(*text), std::move(mark->hash)});
    }
    return page;
}

base::Result<void> read_audit(Service& service, std::int64_t after,
                              const std::function<bool(const AuditPage&)>& take) {
    while (true) {
        const auto page = read_audit_page(service, after, page_size);
        if (!page) return page.error();
        if (!take(*page) || page->records.empty()) return {};
        // Numbers that do not grow would keep us here for ever.
        if (page->records.back().seq <= after) return strange();
        after = page->records.back().seq;
    }
}

}  // namespace cli
