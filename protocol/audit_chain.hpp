#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace protocol {

// A place in a hub's audit log: the number of a record, and the hash that covers it and all that came before.
struct AuditMark {
    std::int64_t seq = 0;
    std::string hash = std::string(64, '0');  // what covers nothing: before the first record
    bool operator==(const AuditMark&) const = default;
};
// "12 e3b0…", and back.
[[nodiscard]] std::string to_text(const AuditMark& mark);
[[nodiscard]] base::Result<AuditMark> parse_audit_mark(std::string_view text);

// One record: a JSON object {"entries":[…]}, byte for byte as it was hashed.
struct AuditRecord {
    std::int64_t seq = 0;
    std::string text;
    std::string hash;
};

// What chains a record to those before it: SHA-256, in small hexadecimal digits, over the hash before (64
// such digits) and the record's bytes.
[[nodiscard]] std::string audit_hash(std::string_view before, std::string_view text);

// Recomputes a chain. Every edit, removal, insertion and change of order between its two ends breaks it.
// Whoever may write the log can make a new chain that fits, from any record on, or leave out the last ones:
// that shows only against a mark that is kept elsewhere. A log that was made shorter at its beginning says so
// in a later record, {"pruned":{"seq":…,"hash":…}}; one that does not was cut.
class AuditVerifier {
  public:
    // `start`: behind which record the log begins. `kept`: a mark from an earlier time.
    explicit AuditVerifier(AuditMark start, std::optional<AuditMark> kept = std::nullopt);

    // The next record, in the order in which they stand.
    void add(const AuditRecord& record);
    // What is wrong, a sentence each, at most `most_findings`; none: the chain is whole from its start to
    // `head`.
    [[nodiscard]] std::vector<std::string> finish(const AuditMark& head);

    [[nodiscard]] const AuditMark& last() const { return last_; }
    [[nodiscard]] std::int64_t records() const { return records_; }

    static constexpr std::size_t most_findings = 20;

  private:
    void find(std::string sentence);
    void compare_kept(const AuditMark& at);
    void read_pruned(std::string_view text);

    AuditMark start_;
    std::optional<AuditMark> kept_;
    AuditMark last_;
    std::int64_t records_ = 0;
    bool start_explained_;
    std::vector<std::string> findings_;
};

}  // namespace protocol
