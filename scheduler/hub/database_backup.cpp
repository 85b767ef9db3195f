#include "scheduler/hub/database_backup.hpp"

#include "protocol/audit_chain.hpp"
#include "scheduler/hub/schema.hpp"

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <utility>

namespace hub {
namespace {

struct Close {
    void operator()(sqlite3* database) const { (void)sqlite3_close(database); }  // nothing is left open in it
};
using Handle = std::unique_ptr<sqlite3, Close>;

base::Result<Handle> open(const std::string& path, int flags) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Handle handle(opened);
    if (result != SQLITE_OK) {
        return base::Error{
            base::Errc::io,
            path + " cannot be opened: " + (opened == nullptr ? "out of memory" : sqlite3_errmsg(opened))};
    }
    (void)sqlite3_busy_timeout(opened, 10'000);  // cannot fail on an open database
    return handle;
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

// How many bytes were copied.
base::Result<std::int64_t> copy(const std::string& database, const std::string& target) {
    auto from = open(database, SQLITE_OPEN_READONLY);
    if (!from) return std::move(from).error();
    auto to = open(target, SQLITE_OPEN_READWRITE);
    if (!to) return std::move(to).error();
    sqlite3_backup* backup = sqlite3_backup_init(to->get(), "main", from->get(), "main");
    if (backup == nullptr) {
        return base::Error{base::Errc::io, target + ": " + sqlite3_errmsg(to->get())};
    }
    // In one step: one snapshot, which no writer restarts.
    const int stepped = sqlite3_backup_step(backup, -1);
    const std::int64_t pages = sqlite3_backup_pagecount(backup);
    const int finished = sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE || finished != SQLITE_OK) {
        return base::Error{base::Errc::io, target + ": " + sqlite3_errmsg(to->get()) +
                                               "; is there room for a copy of the database?"};
    }
    std::int64_t page_size = 0;
    const auto take = [](void* size, int, char** columns, char**) {
        *static_cast<std::int64_t*>(size) = std::stoll(columns[0]);
        return 0;
    };
    if (sqlite3_exec(from->get(), "PRAGMA page_size", take, &page_size, nullptr) != SQLITE_OK) {
        return base::Error{base::Errc::io, database + ": " + sqlite3_errmsg(from->get())};
    }
    return pages * page_size;
}

base::Result<void> sync(base::FileLayer& files, const std::string& path) {
    auto file = files.append(path, 0600);
    if (!file) return std::move(file).error();
    return (*file)->sync();
}

// Each row of the query as one text.
base::Result<std::vector<std::string>> texts(sqlite3* database, const std::string& sql) {
    std::vector<std::string> rows;
    const auto take = [](void* target, int count, char** columns, char**) {
        std::string text;
        for (int i = 0; i < count; ++i) {
            if (i > 0) text += ' ';
            text += columns[i] == nullptr ? "NULL" : columns[i];
        }
        static_cast<std::vector<std::string>*>(target)->push_back(std::move(text));
        return 0;
    };
    if (sqlite3_exec(database, sql.c_str(), take, &rows, nullptr) != SQLITE_OK) {
        return base::Error{base::Errc::io, sqlite3_errmsg(database)};
    }
    return rows;
}

struct Question {
    const char* sql;  // gives a row for each thing that is wrong
    const char* meaning;
};
constexpr Question questions[] = {
    {"SELECT id FROM devices WHERE seq NOT IN (SELECT device FROM twins)", "device without a twin: "},
    {"SELECT device FROM twins WHERE device NOT IN (SELECT seq FROM devices)", "twin without a device: row "},
    {"SELECT device FROM sessions WHERE device NOT IN (SELECT seq FROM devices)",
     "session without a device: row "},
    {"SELECT seq FROM messages WHERE device NOT IN (SELECT seq FROM devices)",
     "message without a device: row "},
    {"SELECT DISTINCT job FROM job_rows WHERE job NOT IN (SELECT seq FROM jobs)", "rows without a job: job "},
    {"SELECT d.id FROM twins t JOIN devices d ON d.seq = t.device WHERE NOT (json_valid(t.tags) AND "
     "json_valid(t.desired) AND json_valid(t.reported))",
     "twin that is no JSON: "},
    {"SELECT devices, enabled FROM totals WHERE devices <> (SELECT count(*) FROM devices WHERE parent IS "
     "NULL) OR enabled <> "
     "(SELECT coalesce(sum(enabled), 0) FROM devices WHERE parent IS NULL)",
     "totals of the registry that do not add up: "},
    {"SELECT events FROM event_totals WHERE events <> (SELECT count(*) FROM events)",
     "total of the events that does not add up: "},
    {"SELECT path FROM twin_indexes WHERE name NOT IN (SELECT name FROM sqlite_master)",
     "index that is not there: "},
};

// Where the chain of the audit is broken.
std::vector<std::string> broken_audit(sqlite3* database) {
    protocol::AuditMark start;
    const auto take_start = [](void* target, int, char** columns, char**) {
        *static_cast<protocol::AuditMark*>(target) = {std::stoll(columns[0]), columns[1]};
        return 0;
    };
    const auto take_record = [](void* target, int, char** columns, char**) {
        static_cast<protocol::AuditVerifier*>(target)->add({std::stoll(columns[0]), columns[1], columns[2]});
        return 0;
    };
    if (sqlite3_exec(database, "SELECT start_seq, start_hash FROM audit_state", take_start, &start,
                     nullptr) != SQLITE_OK) {
        return {sqlite3_errmsg(database)};
    }
    protocol::AuditVerifier verifier(start);
    if (sqlite3_exec(database, "SELECT seq, record, hash FROM audit ORDER BY seq", take_record, &verifier,
                     nullptr) != SQLITE_OK) {
        return {sqlite3_errmsg(database)};
    }
    return verifier.finish(verifier.last());
}

}  // namespace

base::Result<std::int64_t> back_up_database(base::FileLayer& files, const std::string& database,
                                            const std::string& target) {
    if (const auto there = files.read(target, 0); there || there.error().code == base::Errc::too_large) {
        return base::Error{base::Errc::already_exists,
                           target + " is there already; choose another name, or remove it first"};
    }
    const std::string part = target + ".part";
    if (auto made = files.create(part, 0600); !made) return std::move(made).error();
    auto bytes = copy(database, part);
    base::Result<void> done = bytes ? sync(files, part) : base::Result<void>(bytes.error());
    // link() takes no name that somebody else has taken meanwhile.
    if (done) done = files.link(part, target);
    (void)files.remove(part);  // a name of its own by now, or of no use
    if (done) done = files.sync_directory(directory_of(target));
    if (!done) return std::move(done).error();
    return bytes;
}

base::Result<std::vector<std::string>> check_database(const std::string& database) {
    auto handle = open(database, SQLITE_OPEN_READONLY);
    if (!handle) return std::move(handle).error();
    std::vector<std::string> wrong;
    const auto ask = [&](const std::string& sql, const std::string& meaning) {
        auto rows = texts(handle->get(), sql);
        if (!rows) {
            wrong.push_back(meaning + rows.error().message);
            return;
        }
        for (const std::string& row : *rows) {
            if (row != "ok") wrong.push_back(meaning + row);
        }
    };
    const auto version = texts(handle->get(), "PRAGMA user_version");
    if (!version) return base::with_context(version.error(), database);
    if (version->front() != std::to_string(schema_version())) {
        wrong.push_back("schema " + version->front() + ", this lockhub has " +
                        std::to_string(schema_version()) +
                        "; a start of lockhub brings an older one up to date");
        return wrong;
    }
    ask("PRAGMA integrity_check(20)", "damage: ");
    ask("PRAGMA foreign_key_check", "reference that leads nowhere: ");
    if (!wrong.empty()) return wrong;  // the rest would say it once more
    for (const Question& question : questions) {
        ask(std::string(question.sql) + " LIMIT 20", question.meaning);
    }
    for (const std::string& sentence : broken_audit(handle->get())) {
        wrong.push_back("audit: " + sentence);
    }
    return wrong;
}

}  // namespace hub
