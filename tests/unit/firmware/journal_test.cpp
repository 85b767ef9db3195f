#include "firmware/journal.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

TEST(JournalTest, RemembersTheFirstAnswer) {
    Journal journal;
    EXPECT_EQ(journal.find("a"), nullptr);
    journal.begin("a", "lockDoor", Target::locked);
    ASSERT_NE(journal.find("a"), nullptr);
    EXPECT_FALSE(journal.find("a")->answer);
    journal.finish("a", {200, "{}"});
    EXPECT_EQ(journal.find("a")->answer, (Answer{200, "{}"}));
}

TEST(JournalTest, ForgetsTheOldestAnswerFirstAndAnOpenIntentLast) {
    Journal journal;
    journal.begin("open", "lockDoor", Target::locked);
    for (std::size_t i = 0; i < 3 * Journal::most_entries; ++i) {
        const std::string id = "c" + std::to_string(i);
        journal.begin(id, "lockDoor", Target::locked);
        journal.finish(id, {200, "{}"});
        EXPECT_LE(journal.size(), Journal::most_entries);
    }
    EXPECT_NE(journal.find("open"), nullptr);
    EXPECT_EQ(journal.find("c0"), nullptr);
    EXPECT_NE(journal.find("c191"), nullptr);
}

TEST(JournalTest, IsBoundedEvenIfNoIntentEverHadAnOutcome) {
    Journal journal;
    for (std::size_t i = 0; i < 2 * Journal::most_entries; ++i) {
        journal.begin("c" + std::to_string(i), "lockDoor", Target::locked);
    }
    EXPECT_EQ(journal.size(), Journal::most_entries);
}

TEST(JournalTest, IsReadAsItWasWritten) {
    Journal journal;
    journal.begin("a", "lockDoor", Target::locked);
    journal.finish("a", {409, R"({"error":"x"})"});
    journal.begin("b", "unlockDoor", Target::unlocked);
    const auto read = Journal::from_json(journal.to_json());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, journal);
}

TEST(JournalTest, RefusesWhatIsNoJournal) {
    for (const char* text : {"{}", "3", R"([{"id":"a"}])", R"([{"id":"a","method":"m","target":"x"}])",
                             R"([{"id":"a","method":"m","target":"locked","status":"x"}])"}) {
        EXPECT_FALSE(Journal::from_json(*base::Json::parse(text))) << text;
    }
}

}  // namespace
}  // namespace firmware
