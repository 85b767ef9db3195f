#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The few file operations that durable state needs, as a seam: the tests' second implementation loses what
// was not synced and tears what was being written. Every call may block for seconds on a bad disk; never call
// it on a loop thread.
class FileLayer {
  public:
    // An open file that is being written. Closed by its destructor; what was not synced may be lost.
    class File {
      public:
        virtual ~File() = default;
        virtual Result<void> write(std::string_view bytes) = 0;  // all of it, or an error
        virtual Result<void> sync() = 0;                         // fsync(2)

      protected:
        File() = default;
        File(const File&) = default;
        File& operator=(const File&) = default;
    };

    virtual ~FileLayer() = default;

    // The whole file. Errc::not_found if there is none, Errc::too_large if it holds more than `most` bytes,
    // Errc::io for a pipe, which might never end.
    virtual Result<std::string> read(const std::string& path, std::size_t most) = 0;
    // A new, empty file with this mode; one that is there is truncated. Follows no symbolic link.
    virtual Result<std::unique_ptr<File>> create(const std::string& path, unsigned mode) = 0;
    // Goes on at the end of the file; it is made if it is not there.
    virtual Result<std::unique_ptr<File>> append(const std::string& path, unsigned mode) = 0;
    // Changes the bytes of a file in place, from `offset` on: where its blocks have been written before, that
    // takes no room, so a disk that is full does not refuse it. (A file system that never writes in place, as
    // btrfs, may.) Errc::not_found if there is no such file.
    virtual Result<std::unique_ptr<File>> overwrite(const std::string& path, std::size_t offset) = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    // One more name for a file. Errc::already_exists if the name is taken, which rename() would not mind.
    virtual Result<void> link(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
    virtual Result<void> sync_directory(const std::string& path) = 0;

  protected:
    FileLayer() = default;
    FileLayer(const FileLayer&) = default;
    FileLayer& operator=(const FileLayer&) = default;
};

class PosixFileLayer final : public FileLayer {
  public:
    Result<std::string> read(const std::string& path, std::size_t most) override;
    Result<std::unique_ptr<File>> create(const std::string& path, unsigned mode) override;
    Result<std::unique_ptr<File>> append(const std::string& path, unsigned mode) override;
    Result<std::unique_ptr<File>> overwrite(const std::string& path, std::size_t offset) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> link(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
};

// Replaces `path` so that after a power cut at any moment it holds the old bytes or the new ones: writes
// path.new with `mode`, syncs it, renames it, syncs the directory. On an error the old file stands.
[[nodiscard]] Result<void> replace_file(FileLayer& files, const std::string& path, std::string_view bytes,
                                        unsigned mode);

// A regular file, and whether group or others may read it.
struct SharedText {
    std::string text;
    bool others_may_read = false;
};

// The text of a file that may hold a secret, for who finds out by reading it.
[[nodiscard]] Result<SharedText> read_shared(const std::string& path,
                                             std::size_t most = std::size_t{64} * 1024);
// What to say of one that does.
[[nodiscard]] Error others_may_read(const std::string& path);

// The text of a file that holds a secret: Errc::permission_denied, with the chmod that cures it, when group
// or others may read it.
[[nodiscard]] Result<std::string> read_secret(const std::string& path,
                                              std::size_t most = std::size_t{64} * 1024);

}  // namespace base
