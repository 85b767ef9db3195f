#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/audit_log.hpp"
#include "scheduler/hub/database.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// Who commanded what, when, and what came of it. Entries gather during a turn and become one record in the
// commit of what they tell, so that ten thousand outcomes cost a handful of records. An entry is a JSON
// object; this class gives it its time.
class Audit {
  public:
    struct Limits {
        AuditLog::Limits log = {};
        std::size_t record = std::size_t{64} * 1024;         // bytes of one, about
        std::size_t patience = std::size_t{1024} * 1024;     // bytes that wait no second
        std::size_t waiting = std::size_t{8} * 1024 * 1024;  // bytes that the disk has not taken yet
    };

    Audit(Database& database, const base::Clock& clock, Limits limits);
    Audit(const Audit&) = delete;
    Audit& operator=(const Audit&) = delete;

    // What this turn writes: recorded with it, and forgotten if it is taken back. `members`: those of the
    // entry, "\"job\":\"j1\",…".
    void of_turn(std::string_view members);
    // What has happened whatever becomes of the turn, as a call to a device: recorded with the next commit,
    // at the latest in a second. If the hub dies before, it is lost.
    void happened(std::string_view members);
    // What became of one device of a job, of this turn; `row` is a JSON array.
    void row(const std::string& job_id, std::string_view row);

    // Writes what has gathered, in this turn: before a hub ends.
    void flush();

    [[nodiscard]] const AuditLog& log() const { return log_; }
    [[nodiscard]] AuditLog& log() { return log_; }

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();

  private:
    struct Entry {
        std::uint64_t turn = 0;  // that it belongs to; 0: to none
        std::string text;
    };
    struct Rows {
        std::string job_id;
        std::string text;
    };

    void add(std::uint64_t turn, std::string_view members);
    void keep(Entry entry);
    void end_rows();
    void write_record(std::string_view entries);
    void take_back();

    Database& database_;
    const base::Clock& clock_;
    Limits limits_;
    AuditLog log_;
    std::vector<Entry> entries_;
    std::size_t bytes_ = 0;  // of them
    Rows rows_;
    std::vector<Entry> written_;  // in the turn `written_in_`, but not of it
    std::uint64_t written_in_ = 0;
    std::int64_t lost_ = 0;  // entries for which there was no room
    base::SteadyTime due_{};
    base::SteadyTime not_before_{};  // after the disk has refused
};

}  // namespace hub
