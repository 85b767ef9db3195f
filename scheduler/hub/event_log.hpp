#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// What a back end can be told of.
enum class EventKind : std::uint8_t { telemetry, connection, twin, message, job, method };
inline constexpr std::size_t event_kind_count = 6;
[[nodiscard]] std::string_view to_text(EventKind kind);
[[nodiscard]] std::optional<EventKind> parse_event_kind(std::string_view text);

struct Event {
    std::int64_t id = 0;  // 0: told to those who listen now, kept nowhere
    EventKind kind = EventKind::telemetry;
    std::string device_id;  // empty: it is about no single device
    std::string data;       // a JSON object
};

// What happened, in the database: the last days of it, and no more than so many bytes. Events have growing
// numbers without holes, which are never used twice.
class EventLog {
  public:
    struct Limits {
        std::chrono::hours age{24 * 7};
        std::int64_t bytes = std::int64_t{1024} * 1024 * 1024;
    };

    EventLog(Database& database, const base::Clock& clock, Limits limits);

    // Writes an event in this turn; its number. If there are too many bytes, the oldest go.
    std::int64_t append(EventKind kind, std::string_view device_id, std::string_view data);

    // The number of the newest event that was ever written, and of the oldest that is still there; newest + 1
    // if none is.
    [[nodiscard]] std::int64_t newest();
    [[nodiscard]] std::int64_t oldest();
    // The first event at or after this time, by a search that takes times to grow with the numbers.
    [[nodiscard]] std::int64_t first_since(base::SystemTime time);

    // Events with after < id <= until, in order, until `take` answers false. `take` does not write.
    using Take = std::function<bool(Event)>;
    void read(std::int64_t after, std::int64_t until, const Take& take);
    // The same for the telemetry alone, of one device if it is named.
    void read_telemetry(std::string_view device_id, std::int64_t after, const Take& take);

    // Removes what is too old, some of it; true if there is more.
    bool prune();

    struct Totals {
        std::int64_t events = 0;
        std::int64_t bytes = 0;
    };
    [[nodiscard]] Totals totals();
    // How many events had to go because of their bytes, before their time, since the hub started.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    void make_room();
    [[nodiscard]] std::optional<std::int64_t> number_of(Statement& statement);

    const base::Clock& clock_;
    Limits limits_;
    Statement append_;
    Statement newest_;
    Statement oldest_;
    Statement time_of_;
    Statement read_;
    Statement telemetry_;
    Statement telemetry_of_;
    Statement remove_until_;
    Statement totals_;
    std::uint64_t dropped_ = 0;
};

}  // namespace hub
