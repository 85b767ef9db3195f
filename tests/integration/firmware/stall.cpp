// Loaded before the C library (LD_PRELOAD): while the file that STALL_NAMES names is there, no name is
// resolved, and while the one of STALL_DISK is there, no fsync ends. What happens on a Pi whose network or
// card has gone.

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void stall_for(const char* variable) {
    const char* file = std::getenv(variable);
    if (file == nullptr) return;
    for (int i = 0; i < 200 && ::access(file, F_OK) == 0; ++i)
        (void)::usleep(100 * 1000);
}

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int fsync(int fd) {
    stall_for("STALL_DISK");
    return next<int (*)(int)>("fsync")(fd);
}

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
    stall_for("STALL_NAMES");
    using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    return next<Resolve>("getaddrinfo")(node, service, hints, found);
}
