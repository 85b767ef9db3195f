#include "firmware/state_file.hpp"

#include "firmware/state.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace firmware {
namespace {

// A disk in memory that can lose power: what was not synced is gone, and what was being written is torn.
class FragileFiles final : public base::FileLayer {
  public:
    static base::Error gone() { return {base::Errc::io, "no power"}; }

    // The power fails at the n-th operation from now on.
    void fail_at(int operation) { left_ = operation; }
    [[nodiscard]] bool failed() const { return dead_; }
    void restore_power() {
        dead_ = false;
        left_ = -1;
    }
    std::map<std::string, std::string> files;

    base::Result<std::string> read(const std::string& path, std::size_t) override {
        const auto it = files.find(path);
        if (it == files.end()) return base::Error{base::Errc::not_found, path};
        return it->second;
    }
    base::Result<std::unique_ptr<File>> create(const std::string& path, unsigned) override {
        if (!step()) return gone();
        files[path].clear();
        return std::unique_ptr<File>(std::make_unique<Open>(*this, path));
    }
    base::Result<std::unique_ptr<File>> append(const std::string&, unsigned) override { return gone(); }
    base::Result<std::unique_ptr<File>> overwrite(const std::string&, std::size_t) override { return gone(); }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        if (!step()) return gone();
        files[to] = files[from];
        files.erase(from);
        return {};
    }
    base::Result<void> link(const std::string&, const std::string&) override { return gone(); }
    base::Result<void> remove(const std::string& path) override {
        files.erase(path);
        return {};
    }
    base::Result<void> sync_directory(const std::string&) override {
        return step() ? base::Result<void>() : gone();
    }

  private:
    class Open final : public File {
      public:
        Open(FragileFiles& owner, std::string path) : owner_(owner), path_(std::move(path)) {}
        base::Result<void> write(std::string_view bytes) override {
            if (!owner_.step()) {
                owner_.files[path_] += bytes.substr(0, bytes.size() / 2);
                return gone();
            }
            unsynced_ += bytes;
            return {};
        }
        base::Result<void> sync() override {
            if (!owner_.step()) return gone();
            owner_.files[path_] += unsynced_;
            unsynced_.clear();
            return {};
        }

      private:
        FragileFiles& owner_;
        std::string path_;
        std::string unsynced_;
    };

    bool step() {
        if (left_ > 0 && --left_ == 0) dead_ = true;
        return !dead_;
    }
    int left_ = -1;
    bool dead_ = false;
};

TEST(StateFileTest, HasNothingAtTheFirstStart) {
    FragileFiles files;
    const auto loaded = StateFile(files, "/s").load();
    ASSERT_TRUE(loaded);
    EXPECT_EQ(*loaded, std::nullopt);
}

TEST(StateFileTest, GivesBackTheNewestText) {
    FragileFiles files;
    StateFile file(files, "/s");
    for (const char* text : {"one", "two", "three"})
        ASSERT_TRUE(file.save(text));
    EXPECT_EQ(**StateFile(files, "/s").load(), "three");
}

TEST(StateFileTest, FallsBackToTheGenerationBeforeWhenTheNewestIsDamaged) {
    FragileFiles files;
    StateFile file(files, "/s");
    ASSERT_TRUE(file.save("one"));
    ASSERT_TRUE(file.save("two"));
    files.files["/s/state.0"].back() = 'X';
    EXPECT_EQ(**StateFile(files, "/s").load(), "one");
    files.files["/s/state.0"].pop_back();
    EXPECT_EQ(**StateFile(files, "/s").load(), "one");
}

TEST(StateFileTest, SaysSoWhenNothingIsIntact) {
    FragileFiles files;
    StateFile file(files, "/s");
    ASSERT_TRUE(file.save("one"));
    files.files["/s/state.1"] = "rubbish";
    const auto loaded = StateFile(files, "/s").load();
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("state.1"), std::string::npos);
}

TEST(StateFileTest, LosesNothingDurableWhereverThePowerFails) {
    for (int operation = 1; operation <= 12; ++operation) {
        FragileFiles files;
        StateFile file(files, "/s");
        ASSERT_TRUE(file.save("zero"));
        files.fail_at(operation);
        std::string durable = "zero";
        for (const std::string text : {"one", "two"}) {
            if (!file.save(text)) break;
            durable = text;
        }
        files.restore_power();
        StateFile after(files, "/s");
        const auto loaded = after.load();
        ASSERT_TRUE(loaded && *loaded) << "operation " << operation;
        const std::string next = durable == "zero" ? "one" : "two";
        EXPECT_TRUE(**loaded == durable || **loaded == next) << **loaded << " after operation " << operation;
        ASSERT_TRUE(after.save("again"));
        EXPECT_EQ(**StateFile(files, "/s").load(), "again");
    }
}

TEST(StateFileTest, RefusesATextBeyondItsBound) {
    FragileFiles files;
    const auto saved = StateFile(files, "/s").save(std::string(StateFile::longest_text + 1, 'x'));
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, base::Errc::too_large);
}

TEST(StateFileTest, UsesTheChecksumOfZipAndPng) {
    EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
}

TEST(StateTest, IsReadAsItWasWritten) {
    State state;
    state.boots = 7;
    state.ended = "stop";
    state.saved_at = base::SystemTime{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};
    state.hold = StoredHold{
        .target = Target::locked, .until = state.saved_at, .remaining = std::chrono::milliseconds(5)};
    state.properties["building"] = {base::Json(43), 9};
    state.fire = {.change = 3, .latched = true};
    state.journal.begin("a", "lockDoor", Target::locked);
    const auto read = parse_state(to_text(state));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(to_text(*read), to_text(state));
    EXPECT_EQ(read->properties.at("building").version, 9);
    EXPECT_EQ(read->hold, state.hold);
    EXPECT_EQ(read->fire, state.fire);
}

TEST(StateTest, NamesWhatIsWrongInAStateFile) {
    for (const char* text : {"", "{}", R"({"boots":-1})", R"({"boots":1,"savedAt":"yesterday"})"}) {
        const auto read = parse_state(text);
        ASSERT_FALSE(read) << text;
        EXPECT_TRUE(read.error().message.starts_with("state file")) << read.error().message;
    }
}

}  // namespace
}  // namespace firmware
