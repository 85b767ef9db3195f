#include "scheduler/hub/database.hpp"

#include "scheduler/hub/schema.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

namespace hub {
namespace {

constexpr std::string_view in_memory = ":memory:";

// synchronous=FULL: a commit is on the disk when it returns. The cache holds the working set of ten thousand
// connected devices.
constexpr const char* settings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -65536;"
    "PRAGMA journal_size_limit = 67108864;";

// Makes the file if there is none, and looks at who may read it: it holds the keys of every door.
base::Result<void> prepare_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        const std::error_code why(errno, std::generic_category());
        return base::Error{base::Errc::permission_denied,
                           why.message() + "; the file and its directory must be writable"};
    }
    struct stat status {};
    const int result = ::fstat(descriptor, &status);
    ::close(descriptor);  // before SQLite opens it: closing later would drop its locks
    if (result != 0 || !S_ISREG(status.st_mode)) {
        return base::Error{base::Errc::invalid_argument, "it is not a regular file"};
    }
    if ((status.st_mode & 077U) != 0) {
        return base::Error{base::Errc::permission_denied,
                           "others may read it, and it holds keys; cure it with: chmod 600 " + path};
    }
    return {};
}

// In words that fit everyone.
std::string_view reason(int result) {
    switch (result & 0xFF) {
        case SQLITE_FULL:
            return "the disk is full";
        case SQLITE_READONLY:
            return "the disk is read-only";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "the database is damaged, a backup has to be restored";
        case SQLITE_IOERR:
            return "the disk could not be read or written";
        case SQLITE_CANTOPEN:
            return "a file of the database could not be opened";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another program holds it";
        case SQLITE_NOMEM:
            return "memory ran out";
        default:
            return "a statement was refused";
    }
}

// For the one who looks after the hub.
std::string describe(sqlite3* database, int result) {
    return std::string(reason(result)) + " (SQLite " + std::to_string(sqlite3_extended_errcode(database)) +
           ": " + sqlite3_errmsg(database) + ")";
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const {
    const int result = sqlite3_close(database);
    assert(result == SQLITE_OK);  // a Statement has outlived its Database
    (void)result;
}

base::Result<std::unique_ptr<sqlite3, Database::Close>> Database::open_file(const std::string& path) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(
        path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<sqlite3, Close> database(opened);
    if (result != SQLITE_OK) {
        return base::Error{base::Errc::io, opened == nullptr ? "out of memory" : describe(opened, result)};
    }
    (void)sqlite3_extended_result_codes(opened, 1);  // cannot fail on an open database
    // Nobody else writes; someone may look with the sqlite3 shell.
    (void)sqlite3_busy_timeout(opened, 2000);  // cannot fail either
    if (auto ready = migrate(opened); !ready) return ready.error();
    if (sqlite3_exec(opened, settings, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return base::Error{base::Errc::io, describe(opened, sqlite3_errcode(opened))};
    }
    return database;
}

base::Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
    std::unique_ptr<FileLock> lock;
    if (path != in_memory) {
        auto taken = FileLock::take(path);
        if (!taken) return std::move(taken).error();
        lock = std::move(*taken);
        if (auto file = prepare_file(path); !file) return with_context(file.error(), path);
    }
    auto database = open_file(path);
    if (!database) return with_context(database.error(), path);
    return std::unique_ptr<Database>(new Database(std::move(lock), std::move(*database)));
}

Database::Database(std::unique_ptr<FileLock> lock, std::unique_ptr<sqlite3, Close> database)
    : lock_(std::move(lock)), database_(std::move(database)) {}

Database::~Database() = default;

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int result = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    std::unique_ptr<sqlite3_stmt, Statement::Finalize> owned(statement);
    assert(result == SQLITE_OK);  // the text is the program's own
    (void)result;
    return Statement(*this, std::move(owned));
}

void Database::note_work() {
    if (work_noted_) return;
    work_noted_ = true;
    if (work_) work_();
}

bool Database::may_write() {
    note_work();
    if (!turn_) return false;
    if (!transaction_) {
        const int result = sqlite3_exec(database_.get(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
        if (result != SQLITE_OK) {
            spoil(result);
            return false;
        }
        transaction_ = true;
    }
    return true;
}

void Database::spoil(int result) {
    note_work();
    if (!turn_) return;  // the first cause counts
    failure_ = describe(database_.get(), result);
    turn_ = base::Error{base::Errc::io,
                        "the database failed: " + std::string(reason(result)) + "; the hub's log says more"};
}

base::Result<void> Database::turn() const {
    return turn_;
}

void Database::after_commit(Committed done) {
    waiting_.push_back(std::move(done));
    note_work();
}

std::size_t Database::cache_bytes() const {
    int used = 0;
    int most = 0;
    sqlite3_db_status(database_.get(), SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
    return static_cast<std::size_t>(used);
}

base::Result<void> Database::end_transaction() {
    if (turn_ && transaction_) completing.emit();  // which may spoil it
    if (turn_ && transaction_) {
        commit_begins.emit();
        const int result = sqlite3_exec(database_.get(), "COMMIT", nullptr, nullptr, nullptr);
        commit_ended.emit();
        if (result != SQLITE_OK) spoil(result);
    }
    if (!turn_ && sqlite3_get_autocommit(database_.get()) == 0) {
        // Some failures have rolled back by themselves. If this one fails, closing the file does it.
        (void)sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    transaction_ = false;
    return std::exchange(turn_, {});
}

base::Result<void> Database::commit_turn() {
    base::Result<void> result = end_transaction();
    work_noted_ = false;
    std::vector<Committed> waiting;
    waiting.swap(waiting_);
    if (!result) rolled_back.emit();
    ++turn_number_;
    for (const Committed& done : waiting) {
        done(result);
    }
    return result;
}

}  // namespace hub
