#pragma once

#include "base/result.hpp"
#include "scheduler/hub/file_lock.hpp"
#include "scheduler/hub/signal.hpp"
#include "scheduler/hub/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace hub {

// The hub's one SQLite file: WAL, synchronous=FULL, one writer. Everything that is written between two calls
// of commit_turn() is one transaction, which the first write opens. Reads see what the turn has written.
//
// A statement that fails (disk full, I/O error) spoils its turn: the rest of it writes nothing, commit_turn()
// takes everything back, and everyone who waits for the commit is told. So writers need not look at each
// write, and answers, also those that only read, belong into after_commit(): then nothing is ever
// acknowledged, or shown, that the file does not hold.
class Database {
  public:
    using Committed = std::function<void(const base::Result<void>&)>;

    // Opens or makes the file (0600), holds it against other processes, brings its schema up to date.
    // ":memory:" is a database that ends with the object. Errors: permission_denied (others may read the keys
    // in it, or the disk is read-only), busy (another process holds it), conflict (a newer schema, or not a
    // hub's file), io.
    [[nodiscard]] static base::Result<std::unique_ptr<Database>> open(const std::string& path);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    // What was not committed is lost.
    ~Database();

    // A prepared statement; the text is the program's own and must be right.
    [[nodiscard]] Statement prepare(std::string_view sql);

    // Calls `done` from the commit_turn() to come, when everything written so far is durable, or with the
    // error that took it back. In the order of the calls; never from inside after_commit() itself.
    void after_commit(Committed done);

    // Called once in each turn, when its first write or after_commit() happens: the owner then plans a
    // commit_turn() for the end of the turn.
    void on_work(std::function<void()> planned) { work_ = std::move(planned); }

    // Emitted when a turn was taken back, before anyone is told: whoever holds in memory what the file no
    // longer says reads it again.
    Signal<> rolled_back;

    // The last moment to write in a turn that has written.
    Signal<> completing;
    // Around each COMMIT that goes to the disk.
    Signal<> commit_begins;
    Signal<> commit_ended;

    // Commits, then calls who waits. What they write and wait for belongs to the next turn. The error is the
    // one they got.
    base::Result<void> commit_turn();
    // What SQLite said, with its numbers, when it last spoilt a turn; for logs and administrators.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    // How the turn stands: an error if it is spoilt.
    [[nodiscard]] base::Result<void> turn() const;
    // What SQLite keeps of the file in memory, at most 64 MiB.
    [[nodiscard]] std::size_t cache_bytes() const;
    // Counts the turns, from 1; it goes on when a turn has been committed or taken back.
    [[nodiscard]] std::uint64_t turn_number() const { return turn_number_; }
    [[nodiscard]] bool has_work() const { return transaction_ || !turn_ || !waiting_.empty(); }

  private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* database) const;
    };

    Database(std::unique_ptr<FileLock> lock, std::unique_ptr<sqlite3, Close> database);
    [[nodiscard]] static base::Result<std::unique_ptr<sqlite3, Close>> open_file(const std::string& path);
    // For Statement: whether this turn may write; and that it may not, because SQLite said `result`.
    [[nodiscard]] bool may_write();
    void spoil(int result);
    void note_work();
    [[nodiscard]] base::Result<void> end_transaction();

    std::unique_ptr<FileLock> lock_;  // none for ":memory:"
    std::unique_ptr<sqlite3, Close> database_;
    std::vector<Committed> waiting_;
    std::function<void()> work_;
    base::Result<void> turn_;  // how the turn stands
    std::string failure_;
    std::uint64_t turn_number_ = 1;
    bool transaction_ = false;
    bool work_noted_ = false;
};

}  // namespace hub
