#include "scheduler/hub/fault.hpp"

namespace hub {

Fault fault_from(const base::Error& error) {
    using protocol::HubError;
    switch (error.code) {
        case base::Errc::invalid_argument:
            return {HubError::argument_invalid, error.message};
        case base::Errc::too_large:
            return {HubError::message_too_large, error.message};
        case base::Errc::unauthorized:
        case base::Errc::permission_denied:
            return {HubError::iot_hub_unauthorized_access, error.message};
        case base::Errc::conflict:
            return {HubError::precondition_failed, error.message};
        case base::Errc::timeout:
            return {HubError::gateway_timeout, error.message};
        case base::Errc::io:
        case base::Errc::busy:
        case base::Errc::unavailable:
            return {HubError::service_unavailable, error.message};
        case base::Errc::not_found:
        case base::Errc::already_exists:
        case base::Errc::internal:
            break;
    }
    return {HubError::server_error, error.message};
}

}  // namespace hub
