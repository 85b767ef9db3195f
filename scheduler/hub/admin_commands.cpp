#include "scheduler/hub/admin_commands.hpp"

#include "protocol/connection_string.hpp"
#include "scheduler/hub/audit_trail.hpp"
#include "scheduler/hub/certificates.hpp"
#include "scheduler/hub/install_snippet.hpp"
#include "scheduler/hub/random.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace hub {

AdminCommands::AdminCommands(Database& database, Registry& registry, Policies& policies,
                             const Settings& settings, const base::Clock& clock)
    : database_(database),
      registry_(registry),
      policies_(policies),
      settings_(settings),
      indexes_(database, clock) {}

void AdminCommands::run(const std::vector<std::string>& words, std::function<void(AdminAnswer)> done) {
    AdminAnswer answer = act(words);
    if (audit_ != nullptr) audit_command(*audit_, words, answer.done);
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
    if (command == "device add" && words.size() == 4 && words[3] == "snippet") {
        const AdminAnswer added = add_device(words[2], {});
        return added.done ? AdminAnswer{.done = true, .text = install_snippet(words[2], added.text)} : added;
    }
    if (command == "policy roll" && words.size() == 3) {
        return roll_policy(words[2]);
    }
    if (command == "index add" && words.size() == 3) {
        return add_index(words[2]);
    }
    if (command == "index list" && words.size() == 2) {
        return list_indexes();
    }
    if (command == "index remove" && words.size() == 3) {
        return remove_index(words[2]);
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
    // Not a module: those are made by services.
    if (auto good = check_device_id(id); !good) {
        return {.done = false, .text = good.error().message};
    }
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

// Programs that have the old key go on with it until the next time; then it is gone.
AdminAnswer AdminCommands::roll_policy(const std::string& name) {
    const Policy* before = policies_.find(name);
    if (before == nullptr) {
        return {.done = false,
                .text = "there is no policy '" + name + "'; lockhub policy list names those there are"};
    }
    const auto policy = policies_.put(
        name, PolicyDraft{.rights = before->rights, .keys = {make_key(), before->keys.primary}});
    if (!policy) {
        return {.done = false, .text = policy.error().message};
    }
    database_.after_commit([this, name](const base::Result<void>& committed) {
        if (committed) policy_rolled.emit(name);
    });
    return {.done = true, .text = connection_string(*policy)};
}

AdminAnswer AdminCommands::add_index(const std::string& path) {
    const auto made = indexes_.add(path);
    if (!made) {
        return {.done = false, .text = made.error().message};
    }
    const bool by_device = path.starts_with("properties.reported.");
    std::string text = "queries on " + path +
                       " use an index when it is whole, which lockhub index list tells; the hub serves "
                       "meanwhile. Each " +
                       (by_device ? "report of a device" : "change of tags or desired properties") +
                       " that changes the value pays for it";
    if (made->twins > 0) {
        const auto each = std::chrono::duration_cast<std::chrono::microseconds>(made->took / made->twins);
        text += ": about " + std::to_string(each.count() + 1) + " us, by " + std::to_string(made->twins) +
                " twins here";
    }
    return {.done = true, .text = text + "."};
}

AdminAnswer AdminCommands::list_indexes() {
    std::string text;
    for (const TwinIndexes::State& state : indexes_.list()) {
        if (!text.empty()) text += '\n';
        text += state.path;
        if (!state.filled) continue;
        const TwinIndexes::Progress progress = indexes_.progress(state);
        text += "  (being made: " + std::to_string(progress.done) + " of " + std::to_string(progress.twins) +
                " twins)";
    }
    return {.done = true, .text = text.empty() ? "there are none; lockhub index add PATH makes one" : text};
}

AdminAnswer AdminCommands::remove_index(const std::string& path) {
    const auto removed = indexes_.remove(path);
    if (!removed) {
        return {.done = false, .text = removed.error().message};
    }
    return {.done = true, .text = "queries on " + path + " look at every twin again"};
}

}  // namespace hub
