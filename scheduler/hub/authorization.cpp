#include "scheduler/hub/authorization.hpp"

#include "base/iso8601.hpp"
#include "protocol/ascii.hpp"
#include "protocol/sas.hpp"
#include "protocol/username.hpp"
#include "scheduler/hub/identity.hpp"

#include <utility>

namespace hub {
namespace {

using protocol::ConnectCode;

bool signed_with(const protocol::SasToken& token, const Pair& keys) {
    // Both are tried always: how long it takes tells nothing.
    const bool primary = !keys.primary.empty() && signature_matches(token, keys.primary);
    const bool secondary = !keys.secondary.empty() && signature_matches(token, keys.secondary);
    return primary || secondary;
}

// A token for a part of the hub is good for what lies below it; for `path` empty only one for the whole hub.
bool covers(const protocol::SasToken& token, std::string_view path) {
    if (token.resource.find('/') == std::string::npos) return true;
    return !path.empty() && protocol::resource_covers(token.resource, path);
}

bool has_thumbprint(const Pair& thumbprints, std::string_view digest) {
    return !digest.empty() && (protocol::equal_ignoring_case(thumbprints.primary, digest) ||
                               protocol::equal_ignoring_case(thumbprints.secondary, digest));
}

// Why the token is no good for this; empty if it is.
std::string fault_of_token(const protocol::SasToken& token, std::string_view path, base::SystemTime now,
                           std::chrono::seconds grace) {
    if (!covers(token, path)) {
        return "the token is for '" + token.resource + "'" +
               (path.empty() ? "; it must be for the whole hub" : ", not for '" + std::string(path) + "'");
    }
    if (token.expiry < now - grace) {
        return "the token ended at " + base::format_iso8601(token.expiry) + ", and it is " +
               base::format_iso8601(now) + " here; make a new one, or set the clock";
    }
    return {};
}

// What a token of this identity is for (§1.3).
std::string resource_path(std::string_view key) {
    const Identity identity = split_identity(key);
    std::string path = "devices/" + std::string(identity.device);
    if (identity.is_module()) path += "/modules/" + std::string(identity.module);
    return path;
}

Authorization::Connect refused(ConnectCode code, std::string reason) {
    return {std::nullopt, {code, std::move(reason)}};
}

Authorization::Connect refused(std::string reason) {
    return refused(ConnectCode::not_authorized, std::move(reason));
}

// Why the certificate does not prove that this is the device; empty if it does.
std::string fault_of_certificate(const Device& device, const ClientCertificate* certificate) {
    const std::string whose = describe_identity(device.id) + " ";
    if (certificate == nullptr) {
        return whose +
               "must show a certificate; it came without one, or over a WebSocket, where none is asked for";
    }
    if (!certificate->not_valid.empty()) {
        return whose + "shows a certificate that " + certificate->not_valid +
               "; it needs another, or the clock here is "
               "wrong";
    }
    if (device.authentication == Authentication::self_signed) {
        if (has_thumbprint(device.thumbprints, certificate->sha256) ||
            has_thumbprint(device.thumbprints, certificate->sha1)) {
            return {};
        }
        return whose + "shows a certificate with the thumbprint " + certificate->sha256 +
               ", and another one is registered";
    }
    if (!certificate->distrust.empty()) {
        return whose + "shows a certificate that no registered authority vouches for (" +
               certificate->distrust + "); lockhub ca add registers one";
    }
    if (certificate->common_name != device.id) {
        return whose + "shows the certificate of '" + certificate->common_name + "'";
    }
    return {};
}

}  // namespace

Authorization::Authorization(Registry& registry, const Policies& policies, const base::Clock& clock,
                             Options options)
    : registry_(registry), policies_(policies), clock_(clock), options_(options) {}

Outcome<Caller> Authorization::service(std::string_view header, std::string_view path) const {
    const auto refuse = [](std::string message) {
        return Fault{protocol::HubError::iot_hub_unauthorized_access, std::move(message)};
    };
    if (header.empty()) {
        return refuse("the Authorization header is missing; it must hold a SharedAccessSignature");
    }
    const auto token = protocol::parse_sas_token(header);
    if (!token) return refuse(token.error().message);
    if (token->policy.empty()) {
        return refuse("the token names no policy (skn); a service signs with the key of one");
    }
    const auto wrong_proof = [&refuse](std::string message) {
        Fault fault = refuse(std::move(message));
        fault.wrong_proof = true;
        return fault;
    };
    const Policy* policy = policies_.find(token->policy);
    if (policy == nullptr) return wrong_proof("there is no policy '" + token->policy + "'");
    if (!signed_with(*token, policy->keys)) {
        return wrong_proof("the signature does not fit the keys of policy '" + policy->name + "'");
    }
    if (auto why = fault_of_token(*token, path, clock_.system_now(), options_.grace); !why.empty()) {
        return refuse(std::move(why));
    }
    return Caller{policy->name, policy->rights, token->expiry + options_.grace};
}

Outcome<Caller> Authorization::service(std::string_view header, Rights needed, std::string_view path) const {
    auto caller = service(header, path);
    if (caller && !caller->rights.include(needed)) {
        return Fault{protocol::HubError::iot_hub_unauthorized_access,
                     "policy '" + caller->policy + "' has the rights " + to_text(caller->rights) +
                         "; this needs " + to_text(needed)};
    }
    return caller;
}

Authorization::Connect Authorization::device(const Credentials& credentials) const {
    const auto username = protocol::parse_username(credentials.username);
    if (!username) return refused(ConnectCode::server_unavailable, username.error().message);
    const std::string id = identity_key(username->device_id, username->module_id);
    const std::string whose = describe_identity(id);
    if (credentials.client_id != id) {
        return refused("the client id is '" + std::string(credentials.client_id) +
                       "', but the user name speaks of " + whose);
    }
    const auto device = registry_.find(id);
    if (!device) return refused(not_registered(id).message);
    if (!is_enabled(*device)) return refused("device '" + username->device_id + "' is disabled");

    Admission admission{id, username->model_id, std::nullopt};
    const bool by_certificate = device->authentication == Authentication::self_signed ||
                                device->authentication == Authentication::certificate_authority;
    if (by_certificate && credentials.password.empty()) {
        if (auto why = fault_of_certificate(*device, credentials.certificate); !why.empty())
            return refused(std::move(why));
        return {std::move(admission), {}};
    }

    const auto token = protocol::parse_sas_token(credentials.password);
    if (!token) return refused(whose + ": " + token.error().message);
    if (auto why = fault_of_signature(*token, *device); !why.empty()) return refused(std::move(why));
    if (auto why = fault_of_token(*token, resource_path(id), clock_.system_now(), options_.grace);
        !why.empty()) {
        return refused(whose + ": " + why);
    }
    admission.until = token->expiry + options_.grace;
    return {std::move(admission), {}};
}

bool Authorization::is_enabled(const Device& device) const {
    const Identity identity = split_identity(device.id);
    if (!identity.is_module()) return device.enabled;
    const auto parent = registry_.find(identity.device);
    return parent && parent->enabled;
}

std::string Authorization::fault_of_signature(const protocol::SasToken& token, const Device& device) const {
    if (token.policy.empty()) {
        if (device.authentication != Authentication::sas) {
            return describe_identity(device.id) + " has no keys; it proves itself by " +
                   std::string(to_text(device.authentication)) + ", and sends no password";
        }
        if (signed_with(token, device.keys)) return {};
        return "the signature does not fit the keys of " + describe_identity(device.id);
    }
    const Policy* policy = policies_.find(token.policy);
    if (policy == nullptr) return "there is no policy '" + token.policy + "'";
    if (!policy->rights.include(Rights::device_connect())) {
        return "policy '" + policy->name + "' has no right DeviceConnect";
    }
    if (signed_with(token, policy->keys)) return {};
    return "the signature does not fit the keys of policy '" + policy->name + "'";
}

}  // namespace hub
