#include "scheduler/hub/database.hpp"

#include "scheduler/hub/commit.hpp"
#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Says what a file is good for when it is opened.
std::string refusal(const std::string& path, base::Errc expected) {
    const auto opened = Database::open(path);
    EXPECT_FALSE(opened);
    if (opened) return {};
    EXPECT_EQ(opened.error().code, expected);
    return opened.error().message;
}

TEST(Database, KeepsWhatWasCommittedAndLosesTheTurnThatWasNot) {
    const ScratchFile file("hub.db");
    {
        HubRig hub(file.path());
        ASSERT_TRUE(hub.registry.create("committed", {}));
        ASSERT_TRUE(hub.twins.patch("committed", R"({"tags":{"building":43}})", {}));
        ASSERT_TRUE(hub.commit());
        ASSERT_TRUE(hub.registry.create("not-committed", {}));
        ASSERT_TRUE(hub.twins.patch("committed", R"({"tags":{"building":44}})", {}));
        ASSERT_TRUE(hub.registry.find("not-committed"));  // the turn sees itself
    }
    HubRig hub(file.path());
    EXPECT_TRUE(hub.registry.find("committed"));
    EXPECT_FALSE(hub.registry.find("not-committed"));
    EXPECT_EQ(parsed(*hub.twins.service_view("committed")).find("tags").find("building").as_integer(), 43);
    EXPECT_EQ(hub.registry.statistics().total, 1);
}

TEST(Database, CallsBackInOrderAndOnlyAfterTheCommit) {
    HubRig hub;
    std::vector<int> order;
    ASSERT_TRUE(hub.registry.create("a", {}));
    hub.database->after_commit([&](const auto& result) { order.push_back(result ? 1 : -1); });
    hub.database->after_commit([&](const auto& result) { order.push_back(result ? 2 : -2); });
    EXPECT_TRUE(order.empty());
    ASSERT_TRUE(hub.database->commit_turn());
    EXPECT_THAT(order, ElementsAre(1, 2));
    EXPECT_FALSE(hub.database->has_work());
}

TEST(Database, LeavesWhatACallbackWritesToTheNextTurn) {
    HubRig hub;
    hub.database->after_commit([&](const auto&) { ASSERT_TRUE(hub.registry.create("later", {})); });
    ASSERT_TRUE(hub.database->commit_turn());
    EXPECT_TRUE(hub.database->has_work());
    ASSERT_TRUE(hub.database->commit_turn());
    EXPECT_FALSE(hub.database->has_work());
}

TEST(Database, AsksForOneCommitATurn) {
    HubRig hub;
    int planned = 0;
    hub.database->on_work([&] { ++planned; });
    ASSERT_TRUE(hub.registry.create("a", {}));
    ASSERT_TRUE(hub.registry.create("b", {}));
    hub.database->after_commit([](const auto&) {});
    EXPECT_EQ(planned, 1);
    ASSERT_TRUE(hub.database->commit_turn());
    hub.database->after_commit([](const auto&) {});
    EXPECT_EQ(planned, 2);
}

TEST(Database, ReadsWithoutATransaction) {
    HubRig hub;
    EXPECT_FALSE(hub.registry.find("nobody"));
    EXPECT_FALSE(hub.database->has_work());
}

// A disk that is full: SQLite may use no more pages than there are.
class FullDisk : public testing::Test {
  protected:
    FullDisk() {
        hub.add_device("before");
        Statement limit = hub.database->prepare("PRAGMA max_page_count = 1");
        limit.start();
        while (limit.step()) {
        }
    }
    // More than the free space in the pages that there are.
    void fill() {
        const std::string tags = R"({"tags":{"a":")" + std::string(4000, 'x') + R"("}})";
        ASSERT_TRUE(hub.registry.create("first", {}));
        for (int i = 0; i < 100; ++i) {
            const std::string id = "door-" + std::to_string(i);
            (void)hub.registry.create(id, {});
            (void)hub.twins.patch(id, tags, {});
        }
    }
    HubRig hub;
};

TEST_F(FullDisk, TellsEveryoneWhoWaitsAndTakesTheWholeTurnBack) {
    int told = 0;
    std::string reason;
    hub.database->after_commit([&](const auto& result) { told += result ? 0 : 1; });
    fill();
    hub.database->after_commit([&](const auto& result) {
        told += result ? 0 : 1;
        if (!result) reason = result.error().message;
    });
    EXPECT_FALSE(hub.database->turn());
    EXPECT_FALSE(hub.database->commit_turn());
    EXPECT_EQ(told, 2);
    EXPECT_THAT(reason, HasSubstr("the disk is full"));
    EXPECT_FALSE(hub.registry.find("first"));
    EXPECT_TRUE(hub.registry.find("before"));
    EXPECT_EQ(hub.registry.statistics().total, 1);
}

TEST_F(FullDisk, IsLoggedOnceWithWhatSqliteSaidAndToldInASentence) {
    std::vector<std::string> lines;
    const base::Log log(base::Level::info,
                        [&lines](base::Level, std::string_view line) { lines.emplace_back(line); });
    std::string told;
    fill();  // the statement fails, long before the commit
    EXPECT_TRUE(hub.database->has_work());
    hub.database->after_commit([&](const auto& result) {
        if (!result) told = result.error().message;
    });
    EXPECT_FALSE(commit_and_log(*hub.database, log));
    EXPECT_EQ(told, "the database failed: the disk is full; the hub's log says more");
    ASSERT_THAT(lines, ElementsAre(HasSubstr("event=commit_failed")));
    EXPECT_THAT(lines.front(), HasSubstr("SQLite 13: database or disk is full"));
    EXPECT_TRUE(commit_and_log(*hub.database, log));
    EXPECT_EQ(lines.size(), 1U);
}

// A statement that fails asks for the end of its turn by itself, if nobody waits for a commit.
TEST_F(FullDisk, AsksForTheEndOfTheTurnThatItSpoilt) {
    int planned = 0;
    hub.database->on_work([&] { ++planned; });
    fill();
    EXPECT_EQ(planned, 1);
    EXPECT_FALSE(hub.database->commit_turn());
}

TEST_F(FullDisk, SaysThatTheTurnWasTakenBackBeforeAnyoneIsTold) {
    std::vector<std::string> order;
    hub.database->rolled_back.connect([&] { order.emplace_back("rolled back"); });
    hub.database->after_commit([&](const auto&) { order.emplace_back("told"); });
    fill();
    EXPECT_FALSE(hub.database->commit_turn());
    EXPECT_THAT(order, ElementsAre("rolled back", "told"));
}

TEST_F(FullDisk, GoesOnWithTheNextTurn) {
    fill();
    EXPECT_FALSE(hub.database->commit_turn());
    ASSERT_TRUE(hub.registry.remove("before", {}));
    EXPECT_TRUE(hub.commit());
    EXPECT_FALSE(hub.registry.find("before"));
}

TEST(DatabaseFile, IsForItsOwnerAlone) {
    const ScratchFile file("hub.db");
    HubRig hub(file.path());
    hub.add_device("door-1");
    for (const char* suffix : {"", "-wal", ".lock"}) {
        struct stat status {};
        ASSERT_EQ(::stat((file.path() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST(DatabaseFile, IsRefusedWhenOthersCanReadIt) {
    const ScratchFile file("hub.db");
    { const HubRig hub(file.path()); }
    ASSERT_EQ(::chmod(file.path().c_str(), 0644), 0);
    EXPECT_THAT(refusal(file.path(), base::Errc::permission_denied), HasSubstr("chmod 600"));
}

TEST(DatabaseFile, IsHeldAgainstASecondHub) {
    const ScratchFile file("hub.db");
    const HubRig hub(file.path());
    EXPECT_THAT(refusal(file.path(), base::Errc::busy), HasSubstr("in use by process "));
}

TEST(DatabaseFile, OfANewerHubIsRefusedAndNotTouched) {
    const ScratchFile file("hub.db");
    {
        HubRig hub(file.path());
        hub.add_device("door-1");
        hub.database->prepare("PRAGMA user_version = 99").start().run();
        ASSERT_TRUE(hub.commit());
    }
    EXPECT_THAT(refusal(file.path(), base::Errc::conflict), HasSubstr("newer lockhub (schema 99"));
    EXPECT_THAT(refusal(file.path(), base::Errc::conflict), HasSubstr("schema 99"));
}

TEST(DatabaseFile, OfAnotherProgramIsRefused) {
    const ScratchFile file("hub.db");
    {
        HubRig hub(file.path());
        hub.database->prepare("PRAGMA application_id = 1").start().run();
        ASSERT_TRUE(hub.commit());
    }
    EXPECT_THAT(refusal(file.path(), base::Errc::conflict), HasSubstr("another program"));
}

TEST(DatabaseFile, ThatIsNoDatabaseIsRefused) {
    const ScratchFile file("hub.db");
    std::ofstream(file.path()) << std::string(8192, 'x');
    ASSERT_EQ(::chmod(file.path().c_str(), 0600), 0);
    EXPECT_THAT(refusal(file.path(), base::Errc::conflict), HasSubstr("no SQLite database"));
}

TEST(DatabaseFile, NeedsItsDirectory) {
    const ScratchFile file("absent/hub.db");
    EXPECT_THAT(refusal(file.path(), base::Errc::not_found), HasSubstr("the directory must exist"));
}

}  // namespace
}  // namespace hub
