#include "base/file_layer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

namespace base {
namespace {

class FileLayerTest : public testing::Test {
  protected:
    FileLayerTest() {
        std::string pattern = testing::TempDir() + "/doorlock-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~FileLayerTest() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

    PosixFileLayer files_;
    std::string directory_;
};

TEST_F(FileLayerTest, ReadsBackWhatItReplaced) {
    ASSERT_TRUE(replace_file(files_, path("state"), "one", 0600));
    ASSERT_TRUE(replace_file(files_, path("state"), "two", 0600));
    EXPECT_EQ(*files_.read(path("state"), 100), "two");
    EXPECT_EQ(files_.read(path("state.new"), 100).error().code, Errc::not_found);
    EXPECT_EQ(std::filesystem::status(path("state")).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(FileLayerTest, AppendsAtTheEnd) {
    for (const std::string_view part : {"a", "b"}) {
        auto file = files_.append(path("journal"), 0600);
        ASSERT_TRUE(file);
        ASSERT_TRUE((*file)->write(part));
        ASSERT_TRUE((*file)->sync());
    }
    EXPECT_EQ(*files_.read(path("journal"), 100), "ab");
}

TEST_F(FileLayerTest, OverwritesInPlaceAndMakesNoFile) {
    ASSERT_TRUE(replace_file(files_, path("mark"), "0123456789", 0600));
    const auto file = files_.overwrite(path("mark"), 4);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write("xy"));
    ASSERT_TRUE((*file)->sync());
    EXPECT_EQ(*files_.read(path("mark"), 100), "0123xy6789");
    EXPECT_EQ(files_.overwrite(path("none"), 0).error().code, Errc::not_found);
}

TEST_F(FileLayerTest, GivesAFileASecondNameAndTakesNobodysName) {
    ASSERT_TRUE(replace_file(files_, path("first"), "text", 0600));
    ASSERT_TRUE(files_.link(path("first"), path("second")));
    EXPECT_EQ(*files_.read(path("second"), 10), "text");
    const auto taken = files_.link(path("first"), path("second"));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::already_exists);
    EXPECT_FALSE(files_.link(path("none"), path("third")));
}

TEST_F(FileLayerTest, FollowsNoLinkWhenItMakesAFile) {
    ASSERT_TRUE(replace_file(files_, path("mine"), "text", 0600));
    std::filesystem::create_symlink(path("mine"), path("trap"));
    EXPECT_FALSE(files_.create(path("trap"), 0600));
    EXPECT_EQ(*files_.read(path("mine"), 10), "text");
}

TEST_F(FileLayerTest, RefusesAFileThatIsLargerThanTheBound) {
    ASSERT_TRUE(replace_file(files_, path("big"), std::string(101, 'x'), 0600));
    EXPECT_EQ(files_.read(path("big"), 100).error().code, Errc::too_large);
    EXPECT_TRUE(files_.read(path("big"), 101));
}

TEST_F(FileLayerTest, NamesTheFileAndTheReason) {
    EXPECT_EQ(files_.read(path("none"), 1).error().message,
              "cannot read " + path("none") + ": No such file or directory");
    EXPECT_EQ(replace_file(files_, path("no/such/place"), "x", 0600).error().code, Errc::not_found);
}

TEST_F(FileLayerTest, DoesNotWaitForAPipeThatNobodyWritesTo) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(files_.read(path("pipe"), 100).error().message,
              "cannot read " + path("pipe") + ": it is a pipe, not a file");
    EXPECT_EQ(read_secret(path("pipe")).error().code, Errc::io);
}

TEST_F(FileLayerTest, RefusesASecretThatOthersMayRead) {
    ASSERT_TRUE(replace_file(files_, path("key"), "c2VjcmV0", 0640));
    ASSERT_EQ(::chmod(path("key").c_str(), 0640), 0);
    const auto refused = read_secret(path("key"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::permission_denied);
    EXPECT_EQ(refused.error().message,
              path("key") + " holds a secret and others may read it; run: chmod 600 " + path("key"));
    ASSERT_EQ(::chmod(path("key").c_str(), 0600), 0);
    EXPECT_EQ(*read_secret(path("key")), "c2VjcmV0");
}

// "chmod 600 /tmp" would be bad advice.
TEST_F(FileLayerTest, ReadsASecretFromARegularFileOnly) {
    for (const std::string no_file : {"/dev/zero", "/tmp"}) {
        const auto refused = read_secret(no_file);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message, no_file + " is no regular file, which a secret stands in");
    }
}

}  // namespace
}  // namespace base
