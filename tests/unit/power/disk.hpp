#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace power {

// A disk with one directory, in memory, that knows what a power cut would leave of it: what was synced, and
// of the rest what the fate says. Writes, cuts to size, syncs and changes of the directory are its moments;
// at a chosen one the power goes. The process does not notice: what it does from then on is in vain, and
// reboot() shows what is left.
class Disk {
  public:
    // Of what was written and not synced.
    enum class Fate {
        lost,   // nothing of it is there
        kept,   // all of it is
        torn,   // all of it, but only the first bytes of the last write
        mixed,  // each piece, and each name, or not; some torn; in no order
    };
    using Image = std::map<std::string, std::string>;  // bytes by name

    class File {
      public:
        [[nodiscard]] std::string_view bytes() const { return live_; }

      private:
        friend class Disk;
        struct Change {
            bool cut = false;  // to `offset` bytes; else a write of `data` there
            std::size_t offset = 0;
            std::string data;
        };
        static void apply(std::string& bytes, const Change& change, std::size_t most);

        std::string live_;
        std::string durable_;
        std::vector<Change> unsynced_;
    };
    using Handle = std::shared_ptr<File>;

    explicit Disk(Image image = {}, unsigned seed = 1);

    [[nodiscard]] Handle find(const std::string& name) const;
    Handle create(const std::string& name);
    void remove(const std::string& name);
    // One more name for a file.
    void link(const Handle& file, const std::string& name);
    void write(const Handle& file, std::size_t offset, std::string_view data);
    void cut(const Handle& file, std::size_t size);
    void sync(const Handle& file);
    void sync_directory();

    // The power goes at the moment with this number, counted from here; nothing: it stays.
    void lose_power_at(std::optional<std::size_t> moment, Fate fate);
    [[nodiscard]] bool off() const { return survivors_.has_value(); }
    [[nodiscard]] std::size_t moments() const { return moments_; }
    // The power is back, and everything there is is durable.
    void reboot();

    // What the process sees.
    [[nodiscard]] Image image() const;

  private:
    using Names = std::map<std::string, Handle>;
    struct Renaming {
        std::string name;
        Handle file;  // none: removed
    };

    void pass_moment();
    [[nodiscard]] Image survive();
    [[nodiscard]] std::string survive(const File& file);
    void load(const Image& image);

    Names names_;
    Names durable_names_;
    std::vector<Renaming> unsynced_names_;
    const File* last_written_ = nullptr;
    std::size_t moments_ = 0;
    std::optional<std::size_t> cut_at_;
    Fate fate_ = Fate::lost;
    std::optional<Image> survivors_;
    std::mt19937 random_;
};

}  // namespace power
