#pragma once

#include "base/clock.hpp"
#include "protocol/mqtt_packet.hpp"
#include "protocol/sas.hpp"
#include "scheduler/hub/client_certificate.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/policies.hpp"
#include "scheduler/hub/registry.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// Who calls the service API, and what he may do.
struct Caller {
    std::string policy;
    Rights rights;
    base::SystemTime until = {};  // when his token ends, grace included
};

// The parts of an MQTT CONNECT by which a device proves who it is.
struct Credentials {
    std::string_view client_id;
    std::string_view username;
    std::string_view password;
    const ClientCertificate* certificate = nullptr;  // if the peer has shown one
};

// A device that may connect.
struct Admission {
    std::string device_id;  // the key of identity.hpp
    std::string model_id;   // empty: not announced
    // When its token ends, grace included: then the connection is closed.
    std::optional<base::SystemTime> until;
};

// A device that may not: the return code of its CONNACK (iothub-protocol.md §1.1), and why.
struct Refusal {
    protocol::ConnectCode code = protocol::ConnectCode::not_authorized;
    std::string reason;  // for the log; holds no secret
};

// Checks shared access signatures and certificates against registry and policies.
class Authorization {
  public:
    struct Options {
        // How long after its end a token is still good, for clocks that differ.
        std::chrono::seconds grace{300};
    };

    Authorization(Registry& registry, const Policies& policies, const base::Clock& clock, Options options);

    // The Authorization header of a request for `path` (raw, without the first slash); without a path only a
    // token for the whole hub is good. IotHubUnauthorizedAccess with a sentence.
    [[nodiscard]] Outcome<Caller> service(std::string_view header, std::string_view path = {}) const;
    // The same, and the caller must have this right.
    [[nodiscard]] Outcome<Caller> service(std::string_view header, Rights needed,
                                          std::string_view path = {}) const;

    struct Connect {
        std::optional<Admission> admission;
        Refusal refusal;  // if there is no admission
    };
    [[nodiscard]] Connect device(const Credentials& credentials) const;

  private:
    // A module is so while its device is.
    [[nodiscard]] bool is_enabled(const Device& device) const;
    // Why this signature is not the device's; empty if it is.
    [[nodiscard]] std::string fault_of_signature(const protocol::SasToken& token, const Device& device) const;

    Registry& registry_;
    const Policies& policies_;
    const base::Clock& clock_;
    Options options_;
};

}  // namespace hub
