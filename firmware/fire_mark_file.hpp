#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"
#include "firmware/fire_mark.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace firmware {

// A FireMark on the disk, in a file of two blocks that are there from the first start on and are overwritten
// in turn and in place: a disk that is full takes the mark of a fire all the same, and a power cut in the
// midst leaves the mark before. Each block is one line of text, padded:
//
//   doorlock-fire 4 latched 3632233996
//
// Blocks; belongs to the storage thread once load() and prepare() are over.
class FireMarkFile {
  public:
    // The file `directory`/fire.
    FireMarkFile(base::FileLayer& files, const std::string& directory);

    // The newest intact mark; nothing when there is no file. An error when it cannot be read, or no block of
    // it is intact.
    [[nodiscard]] base::Result<std::optional<FireMark>> load();
    // After load(): both of its blocks are intact.
    [[nodiscard]] bool whole() const { return whole_; }
    // After load(): makes the file, or makes it whole again, with `mark` in both of its blocks. Touches
    // nothing when it is whole.
    [[nodiscard]] base::Result<void> prepare(const FireMark& mark);
    // Durable when it returns without an error. Makes the file if there is none, for which there must be
    // room.
    [[nodiscard]] base::Result<void> save(const FireMark& mark);

    static constexpr std::size_t block = 4096;  // what the page cache and most cards write at a time

  private:
    [[nodiscard]] base::Result<void> make(const FireMark& mark);

    base::FileLayer& files_;
    std::string path_;
    std::size_t next_ = 0;  // the block to write: the one that does not hold the newest mark
    bool whole_ = false;
};

}  // namespace firmware
