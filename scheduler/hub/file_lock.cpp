#include "scheduler/hub/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace hub {
namespace {

std::string holder(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t count = ::pread(descriptor, text.data(), text.size(), 0);
    if (count <= 0) return "another process";
    std::string_view id(text.data(), static_cast<std::size_t>(count));
    id = id.substr(0, id.find('\n'));
    return "process " + std::string(id);
}

}  // namespace

base::Result<std::unique_ptr<FileLock>> FileLock::take(const std::string& path) {
    const std::string lock_path = path + ".lock";
    const int descriptor = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        const std::error_code why(errno, std::generic_category());
        return base::Error{
            why == std::errc::no_such_file_or_directory ? base::Errc::not_found
                                                        : base::Errc::permission_denied,
            "cannot make " + lock_path + ": " + why.message() + "; the directory must exist and be writable"};
    }
    std::unique_ptr<FileLock> lock(new FileLock(descriptor));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return base::Error{base::Errc::busy, path + " is in use by " + holder(descriptor) +
                                                 "; stop it, or ask the running hub"};
    }
    const std::string id = std::to_string(::getpid()) + "\n";
    // The id is for people; the lock holds without it.
    if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, id.data(), id.size(), 0);
    return lock;
}

FileLock::~FileLock() {
    ::close(descriptor_);
}

}  // namespace hub
