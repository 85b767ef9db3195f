#include "scheduler/hub/routes_bulk.hpp"

#include "base/json.hpp"
#include "protocol/error_body.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/etag.hpp"
#include "scheduler/hub/identity.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hub {

namespace {

using protocol::HubError;

constexpr std::size_t most_devices = 100;

enum class Act { create, update, remove, update_twin };
struct Mode {
    std::string_view name;
    Act act;
    bool if_match;
};
constexpr std::array<Mode, 7> modes{{{"create", Act::create, false},
                                     {"update", Act::update, false},
                                     {"updateIfMatchETag", Act::update, true},
                                     {"delete", Act::remove, false},
                                     {"deleteIfMatchETag", Act::remove, true},
                                     {"updateTwin", Act::update_twin, false},
                                     {"updateTwinIfMatchETag", Act::update_twin, true}}};

bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

const Mode* mode_of(base::JsonView entry) {
    const std::string_view name = entry.find("importMode").as_string().value_or("create");
    const auto* const found = std::find_if(
        modes.begin(), modes.end(), [name](const Mode& mode) { return same_but_for_case(mode.name, name); });
    return found == modes.end() ? nullptr : found;
}

// The first of two spellings that is there: the SDKs do not agree on "eTag" and "etag".
std::string_view text_of(base::JsonView entry, std::string_view one, std::string_view other) {
    const auto text = entry.find(one).as_string();
    return text ? *text : entry.find(other).as_string().value_or("");
}

std::optional<Fault> change_twin(TwinStore& twins, const std::string& id, base::JsonView entry,
                                 const IfMatch& if_match) {
    base::Json body = base::Json::object();
    for (const std::string_view section : {"tags", "properties"}) {
        if (entry.find(section).exists()) body.set(section, base::Json(entry.find(section)));
    }
    if (body.size() == 0) return std::nullopt;
    const auto changed = twins.patch(id, body.dump(), if_match);
    return changed ? std::nullopt : std::optional(changed.error());
}

template <typename T>
std::optional<Fault> fault_of(const Outcome<T>& outcome) {
    return outcome ? std::nullopt : std::optional(outcome.error());
}

std::optional<Fault> apply(Registry& registry, TwinStore& twins, const std::string& id,
                           base::JsonView entry) {
    const Mode* mode = mode_of(entry);
    if (mode == nullptr) {
        return Fault{
            HubError::argument_invalid,
            "importMode: '" + std::string(entry.find("importMode").as_string().value_or("")) +
                "' is none of create, update, updateIfMatchETag, delete, deleteIfMatchETag, updateTwin, "
                "updateTwinIfMatchETag"};
    }
    if (mode->act == Act::update_twin) {
        const auto etag = mode->if_match ? IfMatch::parse(text_of(entry, "twinETag", "twinEtag")) : IfMatch();
        return change_twin(twins, id, entry, etag);
    }
    const auto if_match = IfMatch::parse(mode->if_match ? text_of(entry, "eTag", "etag") : "*");
    if (mode->act == Act::remove) {
        return fault_of(registry.remove(id, if_match));
    }
    const auto draft = parse_device(id, entry.dump());
    if (!draft) {
        return draft.error();
    }
    if (mode->act == Act::update) {
        return fault_of(registry.update(id, *draft, if_match));
    }
    if (const auto made = registry.create(id, *draft); !made) {
        return made.error();
    }
    return change_twin(twins, id, entry, IfMatch());
}

// Each by itself: a slash in one would make it the key of another identity.
Outcome<void> check_names(const std::string& device, const std::string& module) {
    if (auto good = check_device_id(device); !good || module.empty()) return good;
    return check_device_id(module);
}

void bulk(Registry& registry, TwinStore& twins, const Call& call, const Reply& reply) {
    const auto body = base::Json::parse(call.request.body, {.bytes = std::size_t{1024} * 1024});
    if (!body || !body->view().is_array() || body->size() > most_devices) {
        reply.fault({HubError::argument_invalid, "the body must be a JSON array of at most " +
                                                     std::to_string(most_devices) + " devices" +
                                                     (body ? "" : ": " + body.error().message)});
        return;
    }
    base::Json errors = base::Json::array();
    for (const base::JsonView entry : *body) {
        const std::string id(text_of(entry, "id", "deviceId"));
        const std::string module(entry.find("moduleId").as_string().value_or(""));
        auto fault = fault_of(check_names(id, module));
        if (!fault) fault = apply(registry, twins, identity_key(id, module), entry);
        if (fault) {
            base::Json error = base::Json::object({{"deviceId", id}});
            if (!module.empty()) error.set("moduleId", module);
            error.set("errorCode", protocol::error_name(fault->code));
            error.set("errorStatus", fault->message);
            errors.push_back(std::move(error));
        }
    }
    base::Json answer = base::Json::object({{"isSuccessful", errors.size() == 0}});
    answer.set("errors", std::move(errors));
    answer.set("warnings", base::Json::array());
    reply.json(answer.dump());
}

}  // namespace

void add_bulk_route(Router& router, Registry& registry, TwinStore& twins) {
    router.add(
        "POST", "/devices", Rights::registry_write(),
        [&registry, &twins](const Call& call, const Reply& reply) { bulk(registry, twins, call, reply); });
}

}  // namespace hub
