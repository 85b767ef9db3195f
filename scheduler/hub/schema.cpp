#include "scheduler/hub/schema.hpp"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

namespace hub {
namespace {

constexpr std::int64_t application_id = 0x4C4B4842;  // "LKHB", in the file's header: file(1) shows it

// Times are nanoseconds of the Unix epoch; enumerations stand there as the texts of the wire. A step that has
// been released never changes.
constexpr std::array<const char*, 5> steps{R"sql(
CREATE TABLE devices (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    generation_id TEXT NOT NULL,
    etag TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    status_reason TEXT NOT NULL,
    status_updated INTEGER,
    authentication INTEGER NOT NULL,
    primary_key TEXT NOT NULL,
    secondary_key TEXT NOT NULL,
    primary_thumbprint TEXT NOT NULL,
    secondary_thumbprint TEXT NOT NULL,
    connection_updated INTEGER,
    last_activity INTEGER,
    model_id TEXT NOT NULL DEFAULT ''
);

CREATE TABLE totals (devices INTEGER NOT NULL, enabled INTEGER NOT NULL);
INSERT INTO totals VALUES (0, 0);
CREATE TRIGGER device_added AFTER INSERT ON devices BEGIN
    UPDATE totals SET devices = devices + 1, enabled = enabled + NEW.enabled;
END;
CREATE TRIGGER device_removed AFTER DELETE ON devices BEGIN
    UPDATE totals SET devices = devices - 1, enabled = enabled - OLD.enabled;
END;
CREATE TRIGGER device_status_changed AFTER UPDATE OF enabled ON devices WHEN NEW.enabled <> OLD.enabled BEGIN
    UPDATE totals SET enabled = enabled + NEW.enabled - OLD.enabled;
END;

CREATE TABLE twins (
    device INTEGER PRIMARY KEY REFERENCES devices (seq) ON DELETE CASCADE,
    etag INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tags TEXT NOT NULL,
    desired TEXT NOT NULL,
    desired_metadata TEXT NOT NULL,
    desired_version INTEGER NOT NULL,
    reported TEXT NOT NULL,
    reported_metadata TEXT NOT NULL,
    reported_version INTEGER NOT NULL
);

-- A persistent MQTT session; each column holds the granted QoS, -1 without a subscription.
CREATE TABLE sessions (
    device INTEGER PRIMARY KEY REFERENCES devices (seq) ON DELETE CASCADE,
    methods INTEGER NOT NULL,
    twin_responses INTEGER NOT NULL,
    desired INTEGER NOT NULL,
    devicebound INTEGER NOT NULL
);

CREATE TABLE policies (
    name TEXT PRIMARY KEY,
    rights INTEGER NOT NULL,
    primary_key TEXT NOT NULL,
    secondary_key TEXT NOT NULL,
    built_in INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    action TEXT NOT NULL,
    condition TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    max_execution INTEGER NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    status TEXT NOT NULL,
    stop TEXT NOT NULL,
    failure_reason TEXT NOT NULL,
    status_message TEXT NOT NULL,
    device_count INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    running INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    rollout TEXT NOT NULL
);
CREATE INDEX jobs_newest ON jobs (created DESC, id);
CREATE INDEX jobs_unfinished ON jobs (seq) WHERE status NOT IN ('completed', 'failed', 'cancelled');
CREATE INDEX jobs_ended ON jobs (ended) WHERE status IN ('completed', 'failed', 'cancelled');

-- No reference to devices: the history outlives them.
CREATE TABLE job_rows (
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error_code TEXT NOT NULL,
    error_description TEXT NOT NULL,
    PRIMARY KEY (job, device_id)
) WITHOUT ROWID;
CREATE INDEX job_rows_by_device ON job_rows (device_id, job);
)sql",
                                           R"sql(
-- What happened, in the order of the numbers, which are never used twice. No reference to devices: the log
-- outlives them.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    device_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX events_by_device ON events (device_id, seq);
-- 64 bytes stand for what a row costs beside its text.
CREATE TABLE event_totals (events INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO event_totals VALUES (0, 0);
CREATE TRIGGER event_added AFTER INSERT ON events BEGIN
    UPDATE event_totals SET events = events + 1, bytes = bytes + 64 + length(CAST(NEW.data AS BLOB));
END;
CREATE TRIGGER event_removed AFTER DELETE ON events BEGIN
    UPDATE event_totals SET events = events - 1, bytes = bytes - 64 - length(CAST(OLD.data AS BLOB));
END;

-- Cloud-to-device messages that wait for their device, in the order of the numbers.
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices (seq) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    bag TEXT NOT NULL,
    payload BLOB NOT NULL,
    enqueued INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    deliveries INTEGER NOT NULL
);
CREATE INDEX messages_by_device ON messages (device, seq);
CREATE INDEX messages_by_expiry ON messages (expires);

-- Query paths that have an index of their own on twins.
CREATE TABLE twin_indexes (
    path TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) WITHOUT ROWID;

-- One row that a probe writes to see whether the disk takes it.
CREATE TABLE probe (at INTEGER NOT NULL);
INSERT INTO probe VALUES (0);
)sql",
                                           R"sql(
-- Modules are identities like devices, with a device as their parent and "device/module" as their id.
ALTER TABLE devices ADD COLUMN parent INTEGER REFERENCES devices (seq) ON DELETE CASCADE;
ALTER TABLE devices ADD COLUMN managed_by TEXT NOT NULL DEFAULT '';
CREATE INDEX modules_by_device ON devices (parent) WHERE parent IS NOT NULL;
CREATE INDEX modules_by_id ON devices (id) WHERE parent IS NOT NULL;

DROP TRIGGER device_added;
DROP TRIGGER device_removed;
DROP TRIGGER device_status_changed;
CREATE TRIGGER device_added AFTER INSERT ON devices WHEN NEW.parent IS NULL BEGIN
    UPDATE totals SET devices = devices + 1, enabled = enabled + NEW.enabled;
END;
CREATE TRIGGER device_removed AFTER DELETE ON devices WHEN OLD.parent IS NULL BEGIN
    UPDATE totals SET devices = devices - 1, enabled = enabled - OLD.enabled;
END;
CREATE TRIGGER device_status_changed AFTER UPDATE OF enabled ON devices
    WHEN NEW.parent IS NULL AND NEW.enabled <> OLD.enabled BEGIN
    UPDATE totals SET enabled = enabled + NEW.enabled - OLD.enabled;
END;
)sql",
                                           R"sql(
-- When a running job's time is over; it moves with the system clock when that is set.
ALTER TABLE jobs ADD COLUMN stop_at INTEGER;
)sql",
                                           R"sql(
-- Up to which twin an index of ours is filled; NULL: it is whole, as those are that SQLite has made.
ALTER TABLE twin_indexes ADD COLUMN filled INTEGER;

-- Who commanded what, and what came of it. Each record's hash covers it and all before it (audit_chain.hpp).
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    record TEXT NOT NULL,
    hash TEXT NOT NULL
);
-- Behind which record they begin, its hash, and how large they are together.
CREATE TABLE audit_state (start_seq INTEGER NOT NULL, start_hash TEXT NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO audit_state VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000', 0);
)sql"};

// Whether the disk has no room for the files that SQLite needs beside the database, which it calls an I/O
// error.
bool no_room_beside_it(sqlite3* database) {
    const int cause = sqlite3_system_errno(database);
    return (sqlite3_errcode(database) & 0xFF) == SQLITE_IOERR &&
           (sqlite3_extended_errcode(database) == SQLITE_IOERR_SHMSIZE || cause == ENOSPC || cause == EDQUOT);
}

base::Error failure(sqlite3* database, const char* what) {
    const int code = sqlite3_errcode(database) & 0xFF;
    if (code == SQLITE_FULL || no_room_beside_it(database)) {
        return {base::Errc::io, std::string(what) +
                                    ": the disk is full; make room on it, or choose another directory with "
                                    "--data"};
    }
    if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN) {
        return {base::Errc::permission_denied,
                std::string(what) +
                    ": the file, its directory or the disk is read-only; make them writable, "
                    "or choose another directory with --data"};
    }
    return {base::Errc::io, std::string(what) + ": " + sqlite3_errmsg(database)};
}

base::Result<void> execute(sqlite3* database, const std::string& sql) {
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return failure(database, "the tables cannot be made");
    }
    return {};
}

// The one number that this query gives.
base::Result<std::int64_t> number(sqlite3* database, const char* sql) {
    std::int64_t value = 0;
    const auto take = [](void* target, int, char** columns, char**) {
        *static_cast<std::int64_t*>(target) = std::stoll(columns[0]);
        return 0;
    };
    const int result = sqlite3_exec(database, sql, take, &value, nullptr);
    if (result == SQLITE_NOTADB) {
        return base::Error{base::Errc::conflict, "it is no SQLite database"};
    }
    if (result != SQLITE_OK) return failure(database, "it cannot be read");
    return value;
}

}  // namespace

std::int64_t schema_version() {
    return static_cast<std::int64_t>(steps.size());
}

base::Result<void> migrate(sqlite3* database) {
    const auto tables = number(database, "SELECT count(*) FROM sqlite_master");
    if (!tables) return tables.error();
    const auto owner = number(database, "PRAGMA application_id");
    if (!owner) return owner.error();
    const auto version = number(database, "PRAGMA user_version");
    if (!version) return version.error();

    if (*tables > 0 && *owner != application_id) {
        return base::Error{base::Errc::conflict, "it is a database of another program"};
    }
    if (*version > static_cast<std::int64_t>(steps.size())) {
        return base::Error{base::Errc::conflict,
                           "it was written by a newer lockhub (schema " + std::to_string(*version) +
                               ", this one knows " + std::to_string(steps.size()) +
                               "); run that version, or restore a backup made by this one"};
    }
    for (auto step = static_cast<std::size_t>(*version); step < steps.size(); ++step) {
        auto done =
            execute(database, "BEGIN IMMEDIATE;\nPRAGMA application_id = " + std::to_string(application_id) +
                                  ";\n" + steps.at(step) +
                                  "\nPRAGMA user_version = " + std::to_string(step + 1) + ";\nCOMMIT;");
        if (!done) {
            (void)sqlite3_exec(database, "ROLLBACK", nullptr, nullptr,
                               nullptr);  // perhaps it is over already
            return done;
        }
    }
    return {};
}

}  // namespace hub
