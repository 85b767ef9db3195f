#include "scheduler/hub/registry.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "protocol/base64.hpp"
#include "protocol/twin.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/random.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::string_view columns =
    "seq, id, generation_id, etag, enabled, status_reason, status_updated, authentication, primary_key, "
    "secondary_key, primary_thumbprint, secondary_thumbprint, connection_updated, last_activity, model_id, "
    "managed_by, (SELECT count(*) FROM messages m WHERE m.device = devices.seq)";

Device read_device(Statement& row) {
    Device device;
    device.row = row.number();
    device.id = row.text();
    device.generation_id = row.text();
    device.etag = row.text();
    device.enabled = row.number() != 0;
    device.status_reason = row.text();
    device.status_updated = row.maybe_time();
    device.authentication = static_cast<Authentication>(row.number());
    device.keys.primary = row.text();
    device.keys.secondary = row.text();
    device.thumbprints.primary = row.text();
    device.thumbprints.secondary = row.text();
    device.connection_updated = row.maybe_time();
    device.last_activity = row.maybe_time();
    device.model_id = row.text();
    device.managed_by = row.text();
    device.waiting_messages = row.number();
    return device;
}

// The identity's own etag tells nothing about a device of the same name that was there before.
std::string make_etag() {
    return protocol::encode_base64(std::to_string(random_number() % 10'000'000'000));
}

// 100 ns ticks since the year 1, as IoT Hub's own look.
std::string make_generation(base::SystemTime now) {
    constexpr std::int64_t ticks_to_1970 = 621'355'968'000'000'000;
    using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
    return std::to_string(std::chrono::duration_cast<Ticks>(now.time_since_epoch()).count() + ticks_to_1970);
}

Fault changed_meanwhile(const Device& device) {
    return {HubError::precondition_failed, "the etag of " + describe_identity(device.id) + " is \"" +
                                               device.etag +
                                               "\", not the one in If-Match; read it again, or send *"};
}

void complete(std::string& key, const std::string& stored) {
    if (key.empty()) key = stored.empty() ? make_key() : stored;
}

// A device proves itself in one way; what belongs to another way goes.
Outcome<void> apply(const DeviceDraft& draft, Device& device) {
    const bool is_module = split_identity(device.id).is_module();
    if (!is_module) device.enabled = draft.enabled.value_or(device.enabled);
    if (is_module) device.managed_by = draft.managed_by.value_or(device.managed_by);
    device.status_reason = draft.status_reason.value_or(device.status_reason);
    device.authentication = draft.authentication.value_or(device.authentication);
    Pair keys;
    Pair thumbprints;
    if (device.authentication == Authentication::sas) {
        keys = draft.keys.value_or(Pair{});
        complete(keys.primary, device.keys.primary);
        complete(keys.secondary, device.keys.secondary);
    } else if (device.authentication == Authentication::self_signed) {
        thumbprints = draft.thumbprints.value_or(device.thumbprints);
        if (thumbprints == Pair{}) {
            return Fault{HubError::argument_invalid,
                         "authentication.x509Thumbprint is missing: what is selfSigned is known by the "
                         "thumbprint of its certificate"};
        }
    }
    device.keys = std::move(keys);
    device.thumbprints = std::move(thumbprints);
    return {};
}

// Why a device that is connected must not stay so; empty if it may.
std::string reason_to_disconnect(const Device& before, const Device& after) {
    if (before.enabled && !after.enabled) return "the device was disabled";
    if (before.authentication != after.authentication) return "the device's authentication was changed";
    if (before.keys != after.keys) return "the device's keys were changed";
    if (before.thumbprints != after.thumbprints) return "the device's thumbprints were changed";
    return {};
}

}  // namespace

Registry::Registry(Database& database, const base::Clock& clock)
    : database_(database),
      clock_(clock),
      find_(database.prepare("SELECT " + std::string(columns) + " FROM devices WHERE id = ?")),
      insert_(database.prepare("INSERT INTO devices (id, generation_id, etag, enabled, status_reason, "
                               "status_updated, authentication, "
                               "primary_key, secondary_key, primary_thumbprint, secondary_thumbprint, "
                               "managed_by, parent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                               "(SELECT seq FROM devices WHERE id = ?))")),
      insert_twin_(database.prepare("INSERT INTO twins SELECT seq, 1, 1, '{}', '{}', ?, 1, '{}', ?, 1 "
                                    "FROM devices WHERE id = ?")),
      update_(
          database.prepare("UPDATE devices SET etag = ?, enabled = ?, status_reason = ?, status_updated = ?, "
                           "authentication = ?, primary_key = ?, secondary_key = ?, primary_thumbprint = ?, "
                           "secondary_thumbprint = ?, managed_by = ? WHERE seq = ?")),
      remove_(database.prepare("DELETE FROM devices WHERE seq = ?")),
      list_(database.prepare("SELECT " + std::string(columns) +
                             " FROM devices WHERE id > ? AND parent IS NULL ORDER BY id LIMIT ?")),
      modules_(
          database.prepare("SELECT " + std::string(columns) + " FROM devices WHERE parent = ? ORDER BY id")),
      totals_(database.prepare("SELECT devices, enabled FROM totals")),
      set_model_id_(database.prepare("UPDATE devices SET model_id = ?1 WHERE id = ?2 AND model_id <> ?1")),
      note_departure_(
          database.prepare("UPDATE devices SET connection_updated = ?, last_activity = ? WHERE id = ?")) {}

Outcome<Device> Registry::put(std::string_view id, const DeviceDraft& draft, const IfMatch& if_match) {
    return if_match.absent() ? create(id, draft) : update(id, draft, if_match);
}

Outcome<Device> Registry::create(std::string_view id, const DeviceDraft& draft) {
    if (auto good = check_identity(id); !good) return std::move(good).error();
    const Identity identity = split_identity(id);
    if (find(id)) {
        return Fault{
            identity.is_module() ? HubError::module_already_exists_on_device
                                 : HubError::device_already_exists,
            describe_identity(id) + " is registered already; to change it, send its etag or * as If-Match"};
    }
    if (auto room = check_room(id); !room) return std::move(room).error();
    const base::SystemTime now = clock_.system_now();
    Device device;
    device.id = id;
    device.generation_id = make_generation(now);
    device.etag = make_etag();
    if (auto good = apply(draft, device); !good) return std::move(good).error();

    insert_.start().bind(device.id).bind(device.generation_id).bind(device.etag).bind(device.enabled ? 1 : 0);
    insert_.bind(device.status_reason).bind(device.status_updated);
    insert_.bind(static_cast<std::int64_t>(device.authentication));
    insert_.bind(device.keys.primary).bind(device.keys.secondary);
    insert_.bind(device.thumbprints.primary).bind(device.thumbprints.secondary).bind(device.managed_by);
    if (identity.is_module()) {
        insert_.bind(identity.device);
    } else {
        insert_.bind_null();
    }
    insert_.run();

    const std::string time = base::format_iso8601(now);
    const base::Json nothing = base::Json::object();
    insert_twin_.start()
        .bind(protocol::merge_metadata(nothing, nothing, time, 1).dump())
        .bind(protocol::merge_metadata(nothing, nothing, time).dump())
        .bind(device.id)
        .run();
    return device;
}

Outcome<Device> Registry::update(std::string_view id, const DeviceDraft& draft, const IfMatch& if_match) {
    auto found = get(id);
    if (!found) return found;
    if (!if_match.allows(found->etag)) return changed_meanwhile(*found);
    const Device before = *found;
    Device& device = *found;
    if (auto good = apply(draft, device); !good) return std::move(good).error();
    if (device.enabled != before.enabled) device.status_updated = clock_.system_now();
    device.etag = make_etag();

    update_.start().bind(device.etag).bind(device.enabled ? 1 : 0).bind(device.status_reason);
    update_.bind(device.status_updated).bind(static_cast<std::int64_t>(device.authentication));
    update_.bind(device.keys.primary).bind(device.keys.secondary);
    update_.bind(device.thumbprints.primary).bind(device.thumbprints.secondary).bind(device.managed_by);
    update_.bind(device.row).run();
    if (std::string reason = reason_to_disconnect(before, device); !reason.empty()) {
        announce(device.id, std::move(reason));
    }
    if (before.enabled && !device.enabled) announce_modules(device, "its device was disabled");
    return found;
}

Outcome<void> Registry::remove(std::string_view id, const IfMatch& if_match) {
    const auto device = get(id);
    if (!device) return device.error();
    if (!if_match.allows(device->etag)) return changed_meanwhile(*device);
    announce_modules(*device, "its device was removed");
    remove_.start().bind(device->row).run();
    announce(device->id,
             split_identity(id).is_module() ? "the module was removed" : "the device was removed");
    return {};
}

std::optional<Device> Registry::find(std::string_view id) {
    find_.start().bind(id);
    if (!find_.step()) return std::nullopt;
    Device device = read_device(find_);
    find_.finish();
    return device;
}

Outcome<Device> Registry::get(std::string_view id) {
    if (auto device = find(id)) return std::move(*device);
    const Identity identity = split_identity(id);
    return not_registered(identity.is_module() && !find(identity.device) ? identity.device : id);
}

Outcome<void> Registry::check_room(std::string_view id) {
    const Identity identity = split_identity(id);
    if (!identity.is_module()) {
        if (statistics().total < static_cast<std::int64_t>(max_devices)) return {};
        return Fault{HubError::too_many_devices,
                     "the registry holds " + std::to_string(max_devices) + " devices; remove some first"};
    }
    const auto others = modules(identity.device);
    if (!others) return others.error();
    if (others->size() < max_modules) return {};
    return Fault{HubError::too_many_modules_on_device, describe_identity(identity.device) + " has " +
                                                           std::to_string(max_modules) +
                                                           " modules; remove some first"};
}

std::vector<Device> Registry::modules_of(std::int64_t row) {
    std::vector<Device> found;
    modules_.start().bind(row);
    while (modules_.step()) {
        found.push_back(read_device(modules_));
    }
    return found;
}

Outcome<std::vector<Device>> Registry::modules(std::string_view device_id) {
    const auto device = get(device_id);
    if (!device) return device.error();
    return modules_of(device->row);
}

std::vector<Device> Registry::list(std::size_t most, std::string_view after) {
    std::vector<Device> devices;
    list_.start().bind(after).bind(static_cast<std::int64_t>(std::min(most, max_listed)));
    while (list_.step()) {
        devices.push_back(read_device(list_));
    }
    return devices;
}

RegistryStatistics Registry::statistics() {
    RegistryStatistics statistics;
    totals_.start();
    if (totals_.step()) {
        statistics.total = totals_.number();
        statistics.enabled = totals_.number();
        totals_.finish();
    }
    return statistics;
}

void Registry::set_model_id(std::string_view id, std::string_view model_id) {
    set_model_id_.start().bind(model_id).bind(id).run();
}

void Registry::note_departure(std::string_view id, base::SystemTime at, base::SystemTime last_activity) {
    note_departure_.start().bind(at).bind(last_activity).bind(id).run();
}

void Registry::announce_modules(const Device& device, const std::string& reason) {
    for (const Device& module : modules_of(device.row)) {
        announce(module.id, reason);
    }
}

void Registry::announce(std::string id, std::string reason) {
    database_.after_commit([this, id = std::move(id), reason = std::move(reason)](const auto& committed) {
        if (committed) access_changed.emit(id, reason);
    });
}

}  // namespace hub
