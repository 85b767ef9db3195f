#include "scheduler/hub/audit.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace hub {
namespace {

constexpr std::chrono::seconds most_wait{1};
constexpr std::chrono::seconds after_failure{10};

}  // namespace

Audit::Audit(Database& database, const base::Clock& clock, Limits limits)
    : database_(database), clock_(clock), limits_(limits), log_(database, limits.log) {
    database_.completing.connect([this] { flush(); });
    database_.rolled_back.connect([this] { take_back(); });
}

void Audit::of_turn(std::string_view members) {
    add(database_.turn_number(), members);
}

void Audit::happened(std::string_view members) {
    add(0, members);
}

void Audit::add(std::uint64_t turn, std::string_view members) {
    end_rows();  // what happened first stands first
    Entry entry{turn, "{\"time\":\"" + base::format_iso8601(clock_.system_now()) + "\","};
    entry.text.append(members).append("}");
    keep(std::move(entry));
}

void Audit::keep(Entry entry) {
    if (bytes_ + entry.text.size() > limits_.waiting) {
        ++lost_;
        return;
    }
    if (entries_.empty()) due_ = std::max(not_before_, clock_.steady_now() + most_wait);
    bytes_ += entry.text.size();
    if (bytes_ > limits_.patience) due_ = std::max(not_before_, std::min(due_, clock_.steady_now()));
    entries_.push_back(std::move(entry));
}

void Audit::row(const std::string& job_id, std::string_view row) {
    if (rows_.job_id != job_id || rows_.text.size() + row.size() > limits_.record) end_rows();
    if (rows_.text.empty()) {
        rows_.job_id = job_id;
        rows_.text = "{\"time\":\"" + base::format_iso8601(clock_.system_now()) +
                     "\",\"job\":" + base::quote_json(job_id) + ",\"rows\":[";
    } else {
        rows_.text += ',';
    }
    rows_.text += row;
}

void Audit::end_rows() {
    if (rows_.text.empty()) return;
    rows_.text += "]}";
    keep({database_.turn_number(), std::move(rows_.text)});
    rows_ = {};
}

// Also at the last moment of a turn that writes something else; so what it tells is in the same commit.
void Audit::flush() {
    end_rows();
    if (entries_.empty()) return;
    if (lost_ > 0) {
        entries_.push_back({0, "{\"lost\":" + std::to_string(std::exchange(lost_, 0)) + "}"});
    }
    std::string together;
    for (const Entry& entry : entries_) {
        if (!together.empty() && together.size() + entry.text.size() > limits_.record) {
            write_record(std::exchange(together, {}));
        }
        if (!together.empty()) together += ',';
        together += entry.text;
    }
    write_record(together);
    if (const auto pruned = log_.prune()) {
        write_record("{\"time\":\"" + base::format_iso8601(clock_.system_now()) + "\",\"pruned\":{\"seq\":" +
                     std::to_string(pruned->seq) + ",\"hash\":\"" + pruned->hash + "\"}}");
    }
    const std::uint64_t turn = database_.turn_number();
    if (std::exchange(written_in_, turn) != turn) written_.clear();
    for (Entry& entry : entries_) {
        if (entry.turn != turn) written_.push_back(std::move(entry));
    }
    entries_.clear();
    bytes_ = 0;
}

void Audit::write_record(std::string_view entries) {
    std::string text = "{\"seq\":" + std::to_string(log_.head().seq + 1) + ",\"entries\":[";
    log_.append(text.append(entries).append("]}"));
}

// What the turn wrote has not happened; what it only recorded has.
void Audit::take_back() {
    rows_ = {};
    const std::uint64_t turn = database_.turn_number();
    std::erase_if(entries_, [turn](const Entry& entry) { return entry.turn == turn; });
    if (written_in_ == turn) {
        entries_.insert(entries_.begin(), std::make_move_iterator(written_.begin()),
                        std::make_move_iterator(written_.end()));
    }
    written_.clear();
    bytes_ = 0;
    for (const Entry& entry : entries_) {
        bytes_ += entry.text.size();
    }
    not_before_ = clock_.steady_now() + after_failure;
    due_ = not_before_;
}

std::optional<base::SteadyTime> Audit::next_due() const {
    return entries_.empty() && rows_.text.empty() ? std::nullopt : std::optional(due_);
}

void Audit::tick() {
    if (const auto due = next_due(); due && clock_.steady_now() >= *due) flush();
}

}  // namespace hub
