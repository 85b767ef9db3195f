#include "firmware/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace firmware {

namespace {

// The process id that the holder wrote; empty if there is none.
std::string holder(int fd) {
    char bytes[16];
    const auto size = ::pread(fd, static_cast<char*>(bytes), sizeof bytes, 0);
    if (size <= 0) return {};
    const std::string text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

base::Error taken(const std::string& directory, const std::string& pid) {
    return base::Error{base::Errc::busy,
                       "state_directory " + directory + " is in use by another doorlockd" +
                           (pid.empty() ? "" : " (pid " + pid + ")") +
                           "; stop that one first, or give this door a state_directory of its own"};
}

}  // namespace

base::Result<StateLock> StateLock::take(const std::string& directory) {
    const std::string path = directory + "/lock";
    hal::Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    // On a disk that has become read-only, the file of an earlier start can be locked all the same.
    const int error = errno;
    if (!fd) fd = hal::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return hal::system_error("cannot open " + path, error);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return taken(directory, holder(fd.get()));
        return hal::system_error("cannot lock " + path);
    }
    // The pid is for people; the lock holds without it.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) == 0) (void)!::pwrite(fd.get(), pid.data(), pid.size(), 0);
    return StateLock(std::move(fd));
}

}  // namespace firmware
