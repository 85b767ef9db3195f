#include "protocol/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cassert>
#include <limits>
#include <new>

namespace protocol {

Sha256Digest sha256(std::string_view message) {
    Sha256Digest digest{};
    const int made =
        EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                   EVP_sha256(), nullptr);
    if (made != 1) throw std::bad_alloc();  // the only way it fails
    return digest;
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
    assert(key.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    Sha256Digest digest{};
    unsigned length = 0;
    // An empty view may hold a null pointer, which HMAC() takes for "the key of the last call".
    if (key.data() == nullptr) key = "";
    const unsigned char* made =
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(message), message.size(),
             reinterpret_cast<unsigned char*>(digest.data()), &length);
    if (made == nullptr) throw std::bad_alloc();  // the only way it fails
    assert(length == digest.size());
    return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace protocol
