// Loaded before the C library (LD_PRELOAD): while the file that STALL_NAMES names is there, no name is
// resolved; while the one of STALL_DISK is there, no fsync ends; while the one of STALL_FULL is there, no
// file becomes longer. What happens on a Pi whose network or card has gone, or whose card is full.

#include <dlfcn.h>
#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

void stall_for(const char* variable) {
    const char* file = std::getenv(variable);
    if (file == nullptr) return;
    for (int i = 0; i < 600 && ::access(file, F_OK) == 0; ++i)
        (void)::usleep(100 * 1000);
}

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" ssize_t write(int fd, const void* bytes, size_t count) {
    const char* full = std::getenv("STALL_FULL");
    struct stat facts {};
    if (full != nullptr && ::access(full, F_OK) == 0 && ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
        ::lseek(fd, 0, SEEK_CUR) + static_cast<off_t>(count) > facts.st_size) {
        errno = ENOSPC;
        return -1;
    }
    return next<ssize_t (*)(int, const void*, size_t)>("write")(fd, bytes, count);
}

extern "C" int fsync(int fd) {
    stall_for("STALL_DISK");
    return next<int (*)(int)>("fsync")(fd);
}

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
    stall_for("STALL_NAMES");
    using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    return next<Resolve>("getaddrinfo")(node, service, hints, found);
}
