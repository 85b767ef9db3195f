#pragma once

#include "protocol/audit_chain.hpp"
#include "scheduler/hub/database.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// The records of the audit in the database, chained by protocol::audit_hash(), and no more of them than so
// many bytes. Those at the beginning go when there are too many; the log says so in a later record, so that
// this looks different from a cut.
class AuditLog {
  public:
    struct Limits {
        std::int64_t bytes = std::int64_t{256} * 1024 * 1024;
    };

    AuditLog(Database& database, Limits limits);

    // Writes the next record in this turn.
    void append(std::string_view text);
    // Removes some of the oldest records if there are too many bytes: the mark of the last one that went, for
    // the next record. So few at once that no turn gets long.
    [[nodiscard]] std::optional<protocol::AuditMark> prune();

    // Behind which record the log begins, and its last one.
    [[nodiscard]] const protocol::AuditMark& start() const { return start_; }
    [[nodiscard]] const protocol::AuditMark& head() const { return head_; }
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }

    // Records behind this number, in order, until `take` answers false. `take` does not write.
    void read(std::int64_t after, const std::function<bool(protocol::AuditRecord)>& take);

  private:
    void load();

    Limits limits_;
    Statement append_;
    Statement state_;
    Statement store_state_;
    Statement last_;
    Statement oldest_;
    Statement remove_;
    Statement read_;
    protocol::AuditMark start_;
    protocol::AuditMark head_;
    std::int64_t bytes_ = 0;
};

}  // namespace hub
