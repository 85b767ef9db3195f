#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// One text that survives a power cut at any moment: two files in turn, each with a generation number, a
// length and a checksum, each replaced atomically. A damaged newest one leaves the one before. Blocks;
// belongs to the storage thread once load() is over.
class StateFile {
  public:
    // Files `directory`/state.0 and state.1.
    StateFile(base::FileLayer& files, std::string directory);

    // The newest intact text; nothing when there never was one. An error when files are there and none is
    // intact, or when they cannot be read.
    [[nodiscard]] base::Result<std::optional<std::string>> load();
    // After load(): a file is there and is not intact, so that what was loaded may not be the newest.
    [[nodiscard]] bool found_damage() const { return damaged_; }
    // Durable when it returns without an error.
    [[nodiscard]] base::Result<void> save(std::string_view text);

    static constexpr std::size_t longest_text = std::size_t{256} * 1024;

  private:
    struct Generation {
        std::uint64_t number = 0;
        std::string text;
    };
    [[nodiscard]] std::string path(std::uint64_t generation) const;
    [[nodiscard]] base::Result<Generation> read(const std::string& path);

    base::FileLayer& files_;
    std::string directory_;
    std::uint64_t generation_ = 0;
    bool damaged_ = false;
};

// A counter that is read from the disk and goes on from there: beyond this it is damaged. It leaves as much
// room again up to 2^53, where JSON's integers end.
inline constexpr std::uint64_t largest_count = std::uint64_t{1} << 52U;

// CRC-32 (IEEE 802.3), as in zip and PNG.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

}  // namespace firmware
