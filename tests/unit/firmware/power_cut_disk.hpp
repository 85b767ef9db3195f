#pragma once

#include "base/file_layer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace firmware {

// What a disk makes of everything that it was given and not told to keep, when the power goes.
enum class Loss {
    everything,  // nothing that was not synced is there
    torn,        // half of the bytes, and the older half of the changes to the directory
    names_only,  // the directory came first: files have their new names and none of their bytes
    zeros,       // lengths are right, the bytes are not
    nothing,     // all of it reached the platter, the operation that was cut off too
};
inline constexpr Loss losses[] = {Loss::everything, Loss::torn, Loss::names_only, Loss::zeros, Loss::nothing};

// A disk in memory that loses power in the middle of its n-th operation. Keeps no more than POSIX promises:
// the bytes of a file with its fsync, its name with the fsync of its directory. (One directory.)
class PowerCutDisk final : public base::FileLayer {
  public:
    // A disk that does not do what it says: a test that cannot tell is none.
    struct Lies {
        bool about_files = false;        // fsync of a file does nothing
        bool about_directories = false;  // fsync of a directory does nothing
    };
    PowerCutDisk() = default;
    explicit PowerCutDisk(Lies lies) : lies_(lies) {}

    // The power goes at the n-th operation from now on, counted from 1; 0: it stays.
    void cut_at(unsigned operation, Loss loss);
    [[nodiscard]] bool powered() const { return powered_; }
    // Operations that were begun since the last cut_at().
    [[nodiscard]] unsigned operations() const { return count_; }
    // What is there now is what is on the platter.
    void restore_power();
    // A full disk makes no file longer and no new one; what is written in place it takes.
    void fill(bool full) { full_ = full; }

    base::Result<std::string> read(const std::string& path, std::size_t most) override;
    base::Result<std::unique_ptr<File>> create(const std::string& path, unsigned mode) override;
    base::Result<std::unique_ptr<File>> append(const std::string& path, unsigned mode) override;
    base::Result<std::unique_ptr<File>> overwrite(const std::string& path, std::size_t offset) override;
    base::Result<void> rename(const std::string& from, const std::string& to) override;
    base::Result<void> link(const std::string& from, const std::string& to) override;
    base::Result<void> remove(const std::string& path) override;
    base::Result<void> sync_directory(const std::string& path) override;

  private:
    struct Content {
        std::string now;
        std::string kept;
        bool in_place = false;  // since the last sync nothing but bytes within it were changed
    };
    using Directory = std::map<std::string, std::shared_ptr<Content>>;
    using Change = std::function<void(Directory&)>;
    class Open;

    // Runs one operation; false if there is no power for it.
    [[nodiscard]] bool operate(const std::function<void()>& effect);
    void change(const Change& change);
    void lose();
    void lose_in_place(Content& content) const;

    Lies lies_;
    Directory now_;
    Directory kept_;
    std::vector<Change> unsynced_;
    unsigned count_ = 0;
    unsigned cut_ = 0;
    Loss loss_ = Loss::everything;
    bool powered_ = true;
    bool full_ = false;
};

}  // namespace firmware
