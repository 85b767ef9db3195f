#include "scheduler/hub/random.hpp"

#include "protocol/base64.hpp"

#include <sys/random.h>

#include <cassert>
#include <cerrno>
#include <cstring>

namespace hub {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t have = 0;
    while (have < count) {
        const ssize_t got = ::getrandom(bytes.data() + have, count - have, 0);
        assert(got > 0 || errno == EINTR);  // a kernel without it is older than anything this runs on
        if (got > 0) have += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    std::memcpy(&number, random_bytes(sizeof number).data(), sizeof number);
    return number;
}

std::string make_key() {
    return protocol::encode_base64(random_bytes(32));
}

}  // namespace hub
