#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace hub {

// A path for a file in a directory of its own, which ends with the object.
class ScratchFile {
  public:
    explicit ScratchFile(const std::string& name) {
        std::string pattern = testing::TempDir() + "lockhub-XXXXXX";
        const char* made = ::mkdtemp(pattern.data());
        EXPECT_NE(made, nullptr);
        directory_ = pattern;
        path_ = pattern + "/" + name;
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string directory_;
    std::string path_;
};

}  // namespace hub
