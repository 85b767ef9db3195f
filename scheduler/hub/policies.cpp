#include "scheduler/hub/policies.hpp"

#include "base/json.hpp"
#include "protocol/ascii.hpp"
#include "scheduler/hub/object_text.hpp"
#include "scheduler/hub/random.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;

struct Named {
    std::string_view name;
    Rights rights;
};
constexpr std::array<Named, 5> built_in{{
    {"iothubowner", Rights::all()},
    {"service", Rights::service_connect()},
    {"device", Rights::device_connect()},
    {"registryRead", Rights::registry_read()},
    {"registryReadWrite", Rights::registry_write()},
}};
// Writing before reading, which it contains.
constexpr std::array<Named, 4> single_rights{{
    {"RegistryWrite", Rights::registry_write()},
    {"RegistryRead", Rights::registry_read()},
    {"ServiceConnect", Rights::service_connect()},
    {"DeviceConnect", Rights::device_connect()},
}};

constexpr std::size_t max_name = 64;

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

Outcome<void> check_name(std::string_view name) {
    const bool good = std::all_of(name.begin(), name.end(), [](char c) {
        return protocol::is_letter(c) || protocol::is_digit(c) || c == '-' || c == '_' || c == '.' ||
               c == '!';
    });
    if (good && !name.empty() && name.size() <= max_name) return {};
    return invalid("the name of a policy has 1 to " + std::to_string(max_name) +
                   " letters, digits, '-', '_', '.' or '!'");
}

Outcome<std::string> read_key(base::JsonView body, const std::string& member) {
    const base::JsonView value = body.find(member);
    if (!value.exists() || value.is_null()) return std::string();
    if (!value.is_string()) return invalid(member + " must be a string");
    std::string key(*value.as_string());
    if (auto good = check_key(key, member); !good) return std::move(good).error();
    return key;
}

}  // namespace

std::string to_text(Rights rights) {
    std::string text;
    Rights named;
    for (const auto& [name, right] : single_rights) {
        if (!rights.include(right) || named.include(right)) continue;
        if (!text.empty()) text += ", ";
        text += name;
        named = named | right;
    }
    return text;
}

Outcome<Rights> parse_rights(std::string_view text) {
    Rights rights;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view name = trimmed(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        const auto* right = std::find_if(single_rights.begin(), single_rights.end(), [&](const Named& each) {
            return protocol::equal_ignoring_case(each.name, name);
        });
        if (right == single_rights.end()) {
            return invalid("'" + std::string(name) +
                           "' is no right; there are RegistryRead, RegistryWrite, ServiceConnect and "
                           "DeviceConnect");
        }
        rights = rights | right->rights;
    }
    if (rights == Rights()) {
        return invalid(
            "rights is empty; there are RegistryRead, RegistryWrite, ServiceConnect and "
            "DeviceConnect");
    }
    return rights;
}

std::string policy_json(const Policy& policy) {
    return ObjectText()
        .text("keyName", policy.name)
        .text("primaryKey", policy.keys.primary)
        .text("secondaryKey", policy.keys.secondary)
        .text("rights", to_text(policy.rights))
        .done();
}

Outcome<PolicyDraft> parse_policy(std::string_view name, std::string_view body) {
    const auto parsed = base::Json::parse(body);
    if (!parsed) return invalid(parsed.error().message);
    if (const auto named = parsed->find("keyName"); named.exists() && named.as_string() != name) {
        return invalid("keyName is " + named.dump() + ", but the address names '" + std::string(name) + "'");
    }
    const auto text = parsed->find("rights").as_string();
    if (!text) return invalid(R"(rights is missing; give it as "ServiceConnect, RegistryRead")");
    const auto rights = parse_rights(*text);
    if (!rights) return rights.error();
    auto primary = read_key(*parsed, "primaryKey");
    if (!primary) return std::move(primary).error();
    auto secondary = read_key(*parsed, "secondaryKey");
    if (!secondary) return std::move(secondary).error();
    return PolicyDraft{*rights, {std::move(*primary), std::move(*secondary)}};
}

Policies::Policies(Database& database)
    : database_(database),
      load_(database.prepare("SELECT name, rights, primary_key, secondary_key, built_in FROM policies")),
      store_(database.prepare("INSERT INTO policies VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                              "rights = excluded.rights, primary_key = excluded.primary_key, "
                              "secondary_key = excluded.secondary_key")),
      remove_(database.prepare("DELETE FROM policies WHERE name = ?")) {
    load();
    database_.rolled_back.connect([this] { load(); });
}

void Policies::load() {
    policies_.clear();
    load_.start();
    while (load_.step()) {
        Policy policy;
        policy.name = load_.text();
        policy.rights = Rights::from_bits(static_cast<unsigned>(load_.number()));
        policy.keys.primary = load_.text();
        policy.keys.secondary = load_.text();
        policy.built_in = load_.number() != 0;
        policies_.emplace(policy.name, policy);
    }
}

void Policies::store(const Policy& policy) {
    store_.start().bind(policy.name).bind(static_cast<std::int64_t>(policy.rights.bits()));
    store_.bind(policy.keys.primary).bind(policy.keys.secondary).bind(policy.built_in ? 1 : 0);
    store_.run();
    policies_.insert_or_assign(policy.name, policy);
}

bool Policies::ensure_built_in() {
    bool made = false;
    for (const auto& [name, rights] : built_in) {
        if (find(name) != nullptr) continue;
        store({std::string(name), rights, {make_key(), make_key()}, true});
        made = true;
    }
    return made;
}

const Policy* Policies::find(std::string_view name) const {
    const auto found = policies_.find(name);
    return found == policies_.end() ? nullptr : &found->second;
}

std::vector<Policy> Policies::list() const {
    std::vector<Policy> all;
    all.reserve(policies_.size());
    for (const auto& [name, policy] : policies_) {
        all.push_back(policy);
    }
    return all;
}

Outcome<Policy> Policies::put(std::string_view name, const PolicyDraft& draft) {
    if (auto good = check_name(name); !good) return std::move(good).error();
    const Policy* stored = find(name);
    if (stored == nullptr && policies_.size() >= max_custom + built_in.size()) {
        return invalid("there are " + std::to_string(max_custom) +
                       " policies besides the built-in ones, and no more may be; remove one first");
    }
    if (stored != nullptr && stored->built_in && !(stored->rights == draft.rights)) {
        return invalid("'" + std::string(name) + "' is a built-in policy; its rights are " +
                       to_text(stored->rights) + " and stay so");
    }
    Policy policy = stored == nullptr ? Policy{std::string(name), {}, {}, false} : *stored;
    policy.rights = draft.rights;
    for (const auto& [key, given] : {std::pair(&policy.keys.primary, &draft.keys.primary),
                                     std::pair(&policy.keys.secondary, &draft.keys.secondary)}) {
        if (!given->empty()) *key = *given;
        if (key->empty()) *key = make_key();
    }
    if (stored != nullptr && !(stored->rights == policy.rights && stored->keys == policy.keys)) {
        announce(name);
    }
    store(policy);
    return policy;
}

Outcome<void> Policies::remove(std::string_view name) {
    const Policy* policy = find(name);
    if (policy == nullptr) return invalid("there is no policy '" + std::string(name) + "'");
    if (policy->built_in) return invalid("'" + std::string(name) + "' is a built-in policy and stays");
    announce(name);
    remove_.start().bind(name).run();
    policies_.erase(policies_.find(name));
    return {};
}

void Policies::announce(std::string_view name) {
    database_.after_commit([this, name = std::string(name)](const base::Result<void>& committed) {
        if (committed) changed.emit(name);
    });
}

}  // namespace hub
