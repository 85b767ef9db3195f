#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

// A directory of the test's own, gone with it.
struct TempDirectory {
    std::filesystem::path path;

    TempDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "doorlock-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) std::abort();
        path = pattern;
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    ~TempDirectory() { std::filesystem::remove_all(path); }

    [[nodiscard]] std::string file(const std::string& name) const { return path / name; }
};
