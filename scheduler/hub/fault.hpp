#pragma once

#include "base/result.hpp"
#include "protocol/error_body.hpp"

#include <string>

namespace hub {

// Why a request was refused: what the wire calls it, and one sentence that names what is wrong, where, and
// what would be right.
struct Fault {
    protocol::HubError code = protocol::HubError::server_error;
    std::string message;
    bool wrong_proof = false;  // a key, signature or policy was offered that is none: http::Response
};

// Errors of the layers below in the wire's words: bad input is ArgumentInvalid, what passed a bound
// MessageTooLarge, the disk ServiceUnavailable (so that the caller tries again).
[[nodiscard]] Fault fault_from(const base::Error& error);

// The value, or the refusal.
template <typename T>
using Outcome = base::Result<T, Fault>;

}  // namespace hub
