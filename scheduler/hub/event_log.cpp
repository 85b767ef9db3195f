#include "scheduler/hub/event_log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hub {
namespace {

constexpr std::array<std::string_view, event_kind_count> names{"telemetry", "connection", "twin",
                                                               "message",   "job",        "method"};
// Removed at once, so that no turn gets long.
constexpr std::int64_t at_once = 500;

Event read_event(Statement& row) {
    Event event;
    event.id = row.number();
    event.kind = parse_event_kind(row.text()).value_or(EventKind::telemetry);
    event.device_id = row.text();
    event.data = row.text();
    return event;
}

}  // namespace

std::string_view to_text(EventKind kind) {
    return names.at(static_cast<std::size_t>(kind));
}

std::optional<EventKind> parse_event_kind(std::string_view text) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<EventKind>(found - names.begin());
}

EventLog::EventLog(Database& database, const base::Clock& clock, Limits limits)
    : clock_(clock),
      limits_(limits),
      append_(database.prepare("INSERT INTO events (kind, device_id, at, data) VALUES (?, ?, ?, ?)")),
      newest_(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'")),
      oldest_(database.prepare("SELECT seq FROM events ORDER BY seq LIMIT 1")),
      time_of_(database.prepare("SELECT at FROM events WHERE seq = ?")),
      read_(database.prepare("SELECT seq, kind, device_id, data FROM events WHERE seq > ? AND seq <= ? "
                             "ORDER BY seq")),
      telemetry_(database.prepare("SELECT seq, kind, device_id, data FROM events "
                                  "WHERE seq > ? AND kind = 'telemetry' ORDER BY seq")),
      telemetry_of_(database.prepare("SELECT seq, kind, device_id, data FROM events WHERE device_id = ? "
                                     "AND seq > ? AND kind = 'telemetry' ORDER BY seq")),
      remove_until_(database.prepare("DELETE FROM events WHERE seq <= ?")),
      totals_(database.prepare("SELECT events, bytes FROM event_totals")) {}

std::int64_t EventLog::append(EventKind kind, std::string_view device_id, std::string_view data) {
    append_.start().bind(to_text(kind)).bind(device_id).bind(clock_.system_now()).bind(data).run();
    make_room();
    return newest();
}

void EventLog::make_room() {
    while (totals().bytes > limits_.bytes) {
        const std::int64_t first = oldest();
        if (first >= newest()) return;  // a single one, however large, stays
        if (remove_until_.start().bind(first).run() == 0) return;
        ++dropped_;
    }
}

std::optional<std::int64_t> EventLog::number_of(Statement& statement) {
    if (!statement.step()) return std::nullopt;
    const std::int64_t number = statement.number();
    statement.finish();
    return number;
}

std::int64_t EventLog::newest() {
    return number_of(newest_.start()).value_or(0);
}

std::int64_t EventLog::oldest() {
    const auto first = number_of(oldest_.start());
    return first ? *first : newest() + 1;
}

std::int64_t EventLog::first_since(base::SystemTime time) {
    const auto wanted = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    std::int64_t low = oldest();
    std::int64_t high = newest() + 1;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        const auto at = number_of(time_of_.start().bind(middle));
        if (at && *at >= wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void EventLog::read(std::int64_t after, std::int64_t until, const Take& take) {
    read_.start().bind(after).bind(until);
    while (read_.step()) {
        if (!take(read_event(read_))) break;
    }
    read_.finish();
}

void EventLog::read_telemetry(std::string_view device_id, std::int64_t after, const Take& take) {
    Statement& rows = device_id.empty() ? telemetry_ : telemetry_of_;
    rows.start();
    if (!device_id.empty()) rows.bind(device_id);
    rows.bind(after);
    while (rows.step()) {
        if (!take(read_event(rows))) break;
    }
    rows.finish();
}

bool EventLog::prune() {
    const std::int64_t keep_from = first_since(clock_.system_now() - limits_.age);
    const std::int64_t first = oldest();
    if (first >= keep_from) return false;
    const std::int64_t until = std::min(keep_from, first + at_once);
    remove_until_.start().bind(until - 1).run();
    return until < keep_from;
}

EventLog::Totals EventLog::totals() {
    Totals totals;
    totals_.start();
    if (totals_.step()) {
        totals.events = totals_.number();
        totals.bytes = totals_.number();
        totals_.finish();
    }
    return totals;
}

}  // namespace hub
