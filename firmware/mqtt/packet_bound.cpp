#include "firmware/mqtt/packet_bound.hpp"

#include <dlfcn.h>

#include <atomic>

namespace firmware {

namespace {

std::atomic<std::size_t> refused_read{0};

}  // namespace

std::size_t take_refused_read() {
    return refused_read.exchange(0);
}

}  // namespace firmware

// Named and typed as in openssl/ssl.h; Paho's call finds this one, since the program comes before libraries.
extern "C" __attribute__((visibility("default"))) int SSL_read(  // NOLINT(readability-identifier-naming)
    void* ssl, void* buffer, int bytes) {
    using Read = int (*)(void*, void*, int);
    static const auto read = reinterpret_cast<Read>(::dlsym(RTLD_NEXT, "SSL_read"));
    const bool too_long = bytes > static_cast<int>(firmware::longest_packet);
    if (too_long) firmware::refused_read = static_cast<std::size_t>(bytes);
    if (too_long || read == nullptr) return 0;  // the peer has closed the connection
    return read(ssl, buffer, bytes);
}
