#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "scheduler/hub/client_certificate.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct x509_store_st;

namespace hub {

// The certificate authorities that vouch for devices. Never changes once it is made, so any thread may ask
// it.
class DeviceAuthorities {
  public:
    static constexpr std::size_t most = 64;

    // Of the certificates in these PEM texts. invalid_argument, with a sentence: a text without one, one that
    // is broken or may not sign others (basicConstraints CA:TRUE), too many.
    [[nodiscard]] static base::Result<std::shared_ptr<const DeviceAuthorities>> make(
        const std::vector<std::string_view>& pems);

    // What the peer of a finished handshake has shown; nothing if it showed no certificate.
    [[nodiscard]] std::optional<ClientCertificate> examine(ssl_st& ssl, base::SystemTime now) const;

    // The subjects and ends, a line each.
    [[nodiscard]] const std::vector<std::string>& descriptions() const { return descriptions_; }

  private:
    struct Free {
        void operator()(x509_store_st* store) const;
    };
    DeviceAuthorities() = default;

    std::unique_ptr<x509_store_st, Free> store_;
    std::vector<std::string> descriptions_;
};

}  // namespace hub
