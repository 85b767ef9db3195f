#include "protocol/audit_chain.hpp"

#include "base/json.hpp"
#include "protocol/hmac.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace protocol {
namespace {

constexpr std::size_t hash_digits = 64;
// A record is cut at a fraction of that.
constexpr base::JsonLimits record_limits{
    .bytes = std::size_t{4} * 1024 * 1024, .depth = 64, .comments = false};

bool is_hash(std::string_view text) {
    return text.size() == hash_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string to_text(const AuditMark& mark) {
    return std::to_string(mark.seq) + " " + mark.hash;
}

base::Result<AuditMark> parse_audit_mark(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    AuditMark mark;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mark.seq);
    const auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc() || mark.seq < 0 || !rest.starts_with(' ') || !is_hash(rest.substr(1))) {
        return base::Error{base::Errc::invalid_argument,
                           "is no mark of an audit log: a number, a space and 64 hexadecimal digits are"};
    }
    mark.hash = rest.substr(1);
    return mark;
}

std::string audit_hash(std::string_view before, std::string_view text) {
    std::string covered;
    covered.reserve(before.size() + text.size());
    covered.append(before).append(text);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hash;
    hash.reserve(hash_digits);
    for (const char byte : sha256(covered)) {
        const auto value = static_cast<unsigned char>(byte);
        hash += digits[value >> 4U];
        hash += digits[value & 15U];
    }
    return hash;
}

AuditVerifier::AuditVerifier(AuditMark start, std::optional<AuditMark> kept)
    : start_(std::move(start)),
      kept_(std::move(kept)),
      last_(start_),
      start_explained_(start_ == AuditMark()) {
    if (kept_ && kept_->seq < start_.seq) {
        find("the mark of record " + std::to_string(kept_->seq) +
             " is older than what the log still has, which begins behind record " +
             std::to_string(start_.seq) + ": what lies between cannot be judged");
    }
    compare_kept(start_);
}

void AuditVerifier::find(std::string sentence) {
    if (findings_.size() < most_findings) findings_.push_back(std::move(sentence));
}

void AuditVerifier::compare_kept(const AuditMark& at) {
    if (!kept_ || kept_->seq != at.seq || kept_->hash == at.hash) return;
    find("record " + std::to_string(at.seq) +
         " is not the one of the mark that was kept: the log was written anew up to there");
}

// The claim is the hub's own when it stands as a member of an entry; what strangers wrote stands in strings.
void AuditVerifier::read_pruned(std::string_view text) {
    if (start_explained_ || text.find("\"pruned\"") == std::string_view::npos) return;
    const auto record = base::Json::parse(text, record_limits);
    if (!record) return;
    for (const base::JsonView entry : record->find("entries")) {
        const base::JsonView pruned = entry.find("pruned");
        start_explained_ = start_explained_ || (pruned.find("seq").as_integer() == start_.seq &&
                                                pruned.find("hash").as_string() == start_.hash);
    }
}

void AuditVerifier::add(const AuditRecord& record) {
    const std::string number = std::to_string(record.seq);
    if (record.seq <= last_.seq) {
        find("record " + number + " stands behind record " + std::to_string(last_.seq));
    } else if (record.seq > last_.seq + 1) {
        find(record.seq == last_.seq + 2 ? "record " + std::to_string(last_.seq + 1) + " is missing"
                                         : "records " + std::to_string(last_.seq + 1) + " to " +
                                               std::to_string(record.seq - 1) + " are missing");
    } else if (audit_hash(last_.hash, record.text) != record.hash) {
        find("record " + number + " does not fit its hash: it was changed, or what stood before it was");
    }
    last_ = {record.seq, record.hash};
    ++records_;
    compare_kept(last_);
    read_pruned(record.text);
}

std::vector<std::string> AuditVerifier::finish(const AuditMark& head) {
    if (!start_explained_) {
        find("the log begins behind record " + std::to_string(start_.seq) +
             ", and no record says that the hub removed what was before: it was cut at its beginning");
    }
    if (last_.seq < head.seq) {
        find("the last record is " + std::to_string(last_.seq) + ", and the head says " +
             std::to_string(head.seq) + ": the end was cut off");
    } else if (last_ != head) {
        find("the last record is not the one that the head names");
    }
    if (kept_ && kept_->seq > last_.seq) {
        find("the last record is " + std::to_string(last_.seq) +
             ", and the mark that was kept is of record " + std::to_string(kept_->seq) +
             ": the end was cut off");
    }
    return findings_;
}

}  // namespace protocol
