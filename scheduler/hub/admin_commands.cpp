#include "scheduler/hub/admin_commands.hpp"

#include "protocol/connection_string.hpp"
#include "scheduler/hub/certificates.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace hub {

AdminCommands::AdminCommands(Database& database, Registry& registry, Policies& policies,
                             const Settings& settings)
    : database_(database), registry_(registry), policies_(policies), settings_(settings) {}

void AdminCommands::run(const std::vector<std::string>& words, std::function<void(AdminAnswer)> done) {
    AdminAnswer answer = act(words);
    database_.after_commit(
        [answer = std::move(answer), done = std::move(done)](const base::Result<void>& committed) {
            done(committed ? answer : AdminAnswer{.done = false, .text = committed.error().message});
        });
}

AdminAnswer AdminCommands::act(const std::vector<std::string>& words) {
    const std::string command = words.size() < 2 ? std::string() : words[0] + " " + words[1];
    if (command == "device add" && words.size() == 3) {
        return add_device(words[2], {});
    }
    if (command == "device add" && words.size() == 5 && words[3] == "x509") {
        return add_x509_device(words[2], words[4]);
    }
    if (command == "ca list" && words.size() == 2 && trust_ != nullptr) {
        return list_authorities();
    }
    if (command == "ca add" && words.size() == 3 && trust_ != nullptr) {
        return add_authority(words[2]);
    }
    if (command == "policy list" && words.size() == 2) {
        return list_policies();
    }
    if (command == "policy add" && words.size() == 4) {
        return add_policy(words[2], words[3]);
    }
    return {.done = false, .text = "this hub does not know the command; is it of another version?"};
}

AdminAnswer AdminCommands::add_device(const std::string& id, const DeviceDraft& draft) {
    const auto device = registry_.create(id, draft);
    if (!device) {
        return {.done = false,
                .text = device.error().code == protocol::HubError::device_already_exists
                            ? "device '" + id + "' exists already; choose another name"
                            : device.error().message};
    }
    constexpr std::uint16_t usual_port = 8883;
    protocol::DeviceConnectionString connection;
    connection.host = settings_.device_host();
    if (settings_.mqtt_port != usual_port) {
        connection.port = settings_.mqtt_port;
    }
    connection.device_id = device->id;
    if (device->authentication == Authentication::sas) {
        connection.shared_access_key = device->keys.primary;
    } else {
        connection.x509 = true;
    }
    return {.done = true, .text = protocol::to_text(connection)};
}

AdminAnswer AdminCommands::add_x509_device(const std::string& id, const std::string& how) {
    DeviceDraft draft;
    if (how == "ca") {
        draft.authentication = Authentication::certificate_authority;
        return add_device(id, draft);
    }
    draft.authentication = Authentication::self_signed;
    std::string thumbprint = how;
    if (how.find("-----BEGIN") != std::string::npos) {
        const auto read = thumbprint_of(how);
        if (!read) {
            return {.done = false, .text = "the file " + read.error().message};
        }
        thumbprint = *read;
    }
    const bool hex = thumbprint.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (!hex || (thumbprint.size() != 40 && thumbprint.size() != 64)) {
        return {
            .done = false,
            .text = "--x509 takes a certificate file, a thumbprint (40 or 64 hexadecimal digits), or 'ca'"};
    }
    draft.thumbprints = Pair{.primary = std::move(thumbprint), .secondary = {}};
    return add_device(id, draft);
}

AdminAnswer AdminCommands::list_authorities() const {
    const std::shared_ptr<const DeviceAuthorities> authorities = trust_->now();
    std::string text;
    for (const std::string& line : authorities->descriptions()) {
        if (!text.empty()) text += '\n';
        text += line;
    }
    return {.done = true, .text = std::move(text)};
}

AdminAnswer AdminCommands::add_authority(const std::string& pem) {
    if (const auto added = trust_->add(pem); !added) {
        return {.done = false, .text = added.error().message};
    }
    return list_authorities();
}

std::string AdminCommands::connection_string(const Policy& policy) const {
    constexpr std::uint16_t usual_port = 443;
    return protocol::to_text(protocol::ServiceConnectionString{
        .host = settings_.device_host(),
        .port = settings_.https_port == usual_port ? std::nullopt : std::optional(settings_.https_port),
        .policy = policy.name,
        .key = policy.keys.primary});
}

AdminAnswer AdminCommands::list_policies() const {
    std::string text;
    for (const Policy& policy : policies_.list()) {
        if (!text.empty()) text += '\n';
        text += policy.name + "  " + to_text(policy.rights);
    }
    return {.done = true, .text = std::move(text)};
}

AdminAnswer AdminCommands::add_policy(const std::string& name, const std::string& rights) {
    if (policies_.find(name) != nullptr) {
        return {.done = false, .text = "there is a policy '" + name + "' already; choose another name"};
    }
    const auto parsed = parse_rights(rights);
    if (!parsed) {
        return {.done = false, .text = parsed.error().message};
    }
    const auto policy = policies_.put(name, PolicyDraft{.rights = *parsed, .keys = {}});
    if (!policy) {
        return {.done = false, .text = policy.error().message};
    }
    return {.done = true, .text = connection_string(*policy)};
}

}  // namespace hub
