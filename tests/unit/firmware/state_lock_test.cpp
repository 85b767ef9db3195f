#include "firmware/state_lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace firmware {
namespace {

class StateLockTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "doorlock-lock-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    std::string directory;
};

TEST_F(StateLockTest, RefusesASecondOneAndNamesTheDirectoryAndThePid) {
    const auto first = StateLock::take(directory);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = StateLock::take(directory);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::busy);
    EXPECT_NE(second.error().message.find("state_directory " + directory + " is in use"), std::string::npos);
    EXPECT_NE(second.error().message.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << second.error().message;
}

TEST_F(StateLockTest, IsFreeAgainWhenTheHolderHasGone) {
    {
        const auto first = StateLock::take(directory);
        ASSERT_TRUE(first);
    }
    EXPECT_TRUE(StateLock::take(directory));
}

TEST_F(StateLockTest, IsNotHeldByAFileThatAKilledOneLeft) {
    std::ofstream(directory + "/lock") << "4194304\nand more";
    EXPECT_TRUE(StateLock::take(directory));
    std::string text;
    std::getline(std::ifstream(directory + "/lock"), text);
    EXPECT_EQ(text, std::to_string(::getpid()));
}

TEST_F(StateLockTest, NamesAFileThatCannotBeHad) {
    const auto lock = StateLock::take(directory + "/missing");
    ASSERT_FALSE(lock);
    EXPECT_NE(lock.error().code, base::Errc::busy);
    EXPECT_NE(lock.error().message.find(directory + "/missing/lock"), std::string::npos);
}

}  // namespace
}  // namespace firmware
