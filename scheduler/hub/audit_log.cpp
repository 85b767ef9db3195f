#include "scheduler/hub/audit_log.hpp"

namespace hub {
namespace {

constexpr std::int64_t row_overhead = 96;  // number, hash, and what SQLite adds
constexpr int at_once = 500;

}  // namespace

AuditLog::AuditLog(Database& database, Limits limits)
    : limits_(limits),
      append_(database.prepare("INSERT INTO audit (seq, record, hash) VALUES (?, ?, ?)")),
      state_(database.prepare("SELECT start_seq, start_hash, bytes FROM audit_state")),
      store_state_(database.prepare("UPDATE audit_state SET start_seq = ?, start_hash = ?, bytes = ?")),
      last_(database.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")),
      oldest_(
          database.prepare("SELECT seq, hash, length(CAST(record AS BLOB)) FROM audit ORDER BY seq LIMIT ?")),
      remove_(database.prepare("DELETE FROM audit WHERE seq <= ?")),
      read_(database.prepare("SELECT seq, record, hash FROM audit WHERE seq > ? ORDER BY seq")) {
    load();
    database.rolled_back.connect([this] { load(); });
}

void AuditLog::load() {
    state_.start();
    if (state_.step()) {
        start_.seq = state_.number();
        start_.hash = state_.text();
        bytes_ = state_.number();
    }
    state_.finish();
    head_ = start_;
    last_.start();
    if (last_.step()) {
        head_.seq = last_.number();
        head_.hash = last_.text();
    }
    last_.finish();
}

void AuditLog::append(std::string_view text) {
    head_ = {head_.seq + 1, protocol::audit_hash(head_.hash, text)};
    append_.start().bind(head_.seq).bind(text).bind(head_.hash).run();
    bytes_ += static_cast<std::int64_t>(text.size()) + row_overhead;
    store_state_.start().bind(start_.seq).bind(start_.hash).bind(bytes_).run();
}

std::optional<protocol::AuditMark> AuditLog::prune() {
    if (bytes_ <= limits_.bytes) return std::nullopt;
    // A little more than must go, so that it is not time again with the next record.
    const std::int64_t keep = limits_.bytes - limits_.bytes / 64;
    protocol::AuditMark until = start_;
    oldest_.start().bind(std::int64_t{at_once});
    while (bytes_ > keep && oldest_.step()) {
        const std::int64_t seq = oldest_.number();
        if (seq == head_.seq) break;  // a single one, however large, stays
        until = {seq, std::string(oldest_.text())};
        bytes_ -= oldest_.number() + row_overhead;
    }
    oldest_.finish();
    if (until == start_) return std::nullopt;
    remove_.start().bind(until.seq).run();
    start_ = until;
    store_state_.start().bind(start_.seq).bind(start_.hash).bind(bytes_).run();
    return start_;
}

void AuditLog::read(std::int64_t after, const std::function<bool(protocol::AuditRecord)>& take) {
    read_.start().bind(after);
    while (read_.step()) {
        protocol::AuditRecord record;
        record.seq = read_.number();
        record.text = read_.text();
        record.hash = read_.text();
        if (!take(std::move(record))) break;
    }
    read_.finish();
}

}  // namespace hub
