#pragma once

#include "base/result.hpp"
#include "protocol/audit_chain.hpp"
#include "scheduler/cli/service.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace cli {

// One page of the hub's audit: where the log begins, where it ends, and records behind the number asked for.
struct AuditPage {
    protocol::AuditMark start;
    protocol::AuditMark head;
    std::vector<protocol::AuditRecord> records;
};
[[nodiscard]] base::Result<AuditPage> read_audit_page(Service& service, std::int64_t after, int limit);

// All pages behind `after`, until one is empty or `take` answers false.
[[nodiscard]] base::Result<void> read_audit(Service& service, std::int64_t after,
                                            const std::function<bool(const AuditPage&)>& take);

}  // namespace cli
