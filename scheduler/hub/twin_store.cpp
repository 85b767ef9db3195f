#include "scheduler/hub/twin_store.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "protocol/twin.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/object_text.hpp"
#include "scheduler/hub/twin_sections.hpp"

#include <optional>
#include <set>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;
using protocol::Section;

std::string select(const TwinParts& parts) {
    return "SELECT " + parts.columns() + " FROM devices d JOIN twins t ON t.device = d.seq ";
}

std::string scan_sql(TwinStore::Kind kind, const TwinFilter& filter, const TwinParts& parts,
                     const std::set<std::string>& tables) {
    const std::string_view which = kind == TwinStore::Kind::devices ? "NULL" : "NOT NULL";
    return select(parts) + "WHERE d.parent IS " + std::string(which) + " AND d.id > ?1" + filter.sql(tables) +
           " ORDER BY d.id";
}

}  // namespace

struct TwinStore::Row {
    Device device;
    std::uint64_t etag = 0;
    std::int64_t version = 0;
    std::string tags;
    std::string desired;
    std::string desired_metadata;
    std::int64_t desired_version = 0;
    std::string reported;
    std::string reported_metadata;
    std::int64_t reported_version = 0;

    void read(Statement& from) {
        device.id = from.text();
        device.etag = from.text();
        device.enabled = from.number() != 0;
        device.status_reason = from.text();
        device.status_updated = from.maybe_time();
        device.authentication = static_cast<Authentication>(from.number());
        device.thumbprints.primary = from.text();
        device.thumbprints.secondary = from.text();
        device.last_activity = from.maybe_time();
        device.model_id = from.text();
        device.row = from.number();
        etag = static_cast<std::uint64_t>(from.number());
        version = from.number();
        device.waiting_messages = from.number();
        tags = from.text();
        desired = from.text();
        desired_version = from.number();
        reported = from.text();
        reported_version = from.number();
        desired_metadata = from.text();
        reported_metadata = from.text();
    }
};

TwinStore::TwinStore(Database& database, const Connections& connections, const base::Clock& clock)
    : database_(database),
      connections_(connections),
      clock_(clock),
      find_(database.prepare(select({}) + "WHERE d.id = ?")),
      ids_(database.prepare("SELECT id FROM devices WHERE parent IS NULL ORDER BY id")),
      whole_tables_(database.prepare("SELECT name FROM twin_indexes WHERE filled IS NULL")),
      store_service_(database.prepare("UPDATE twins SET etag = ?, version = ?, tags = ?, desired = ?, "
                                      "desired_metadata = ?, desired_version = ? WHERE device = ?")),
      store_reported_(database.prepare("UPDATE twins SET reported = ?, reported_metadata = ?, "
                                       "reported_version = ? WHERE device = ?")) {}

Outcome<TwinStore::Row> TwinStore::load(std::string_view device_id) {
    find_.start().bind(device_id);
    if (!find_.step()) return not_registered(device_id);
    Row row;
    row.read(find_);
    find_.finish();
    return row;
}

bool TwinStore::exists(std::string_view device_id) {
    return load(device_id).has_value();
}

Outcome<std::string> TwinStore::service_view(std::string_view device_id) {
    const auto row = load(device_id);
    if (!row) return row.error();
    return service_view(*row);
}

std::string TwinStore::service_view(const Row& row) const {
    return view(row, {});
}

std::string TwinStore::view(const Row& row, const TwinParts& parts) const {
    ObjectText json;
    if (parts.facts) add_facts(json, row);
    if (parts.tags) json.raw("tags", row.tags);
    if (parts.desired || parts.reported) json.raw("properties", properties_of(row, parts));
    if (parts.facts) json.raw("capabilities", R"({"iotEdge":false})");
    return json.done();
}

void TwinStore::add_facts(ObjectText& json, const Row& row) const {
    const Device& device = row.device;
    const Connection* connection = connections_.find(device.id);
    add_identity(json, device.id);
    json.text("etag", protocol::etag_text(row.etag))
        .text("deviceEtag", device.etag)
        .text("status", device.enabled ? "enabled" : "disabled");
    if (!device.status_reason.empty()) json.text("statusReason", device.status_reason);
    json.time("statusUpdateTime", device.status_updated)
        .text("connectionState", connection == nullptr ? "Disconnected" : "Connected")
        .time("lastActivityTime", connection == nullptr ? device.last_activity : connection->last_activity)
        .number("cloudToDeviceMessageCount", device.waiting_messages)
        .text("authenticationType", to_text(device.authentication))
        .raw("x509Thumbprint", thumbprints_json(device.thumbprints))
        .text("modelId", device.model_id)
        .number("version", row.version);
}

std::string TwinStore::properties_of(const Row& row, const TwinParts& parts) {
    const auto section = [&parts](const std::string& own, const std::string& metadata, std::int64_t version) {
        const std::string first = parts.metadata ? "\"$metadata\":" + metadata + ',' : std::string();
        return joined(own, first + version_member(version));
    };
    ObjectText properties;
    if (parts.desired)
        properties.raw("desired", section(row.desired, row.desired_metadata, row.desired_version));
    if (parts.reported) {
        properties.raw("reported", section(row.reported, row.reported_metadata, row.reported_version));
    }
    return properties.done();
}

Outcome<std::string> TwinStore::device_view(std::string_view device_id) {
    const auto row = load(device_id);
    if (!row) return row.error();
    return "{\"desired\":" + joined(row->desired, version_member(row->desired_version)) +
           ",\"reported\":" + joined(row->reported, version_member(row->reported_version)) + "}";
}

Outcome<std::string> TwinStore::patch(std::string_view device_id, std::string_view body,
                                      const IfMatch& if_match) {
    return change(device_id, body, if_match, Change::merge);
}

Outcome<std::string> TwinStore::replace(std::string_view device_id, std::string_view body,
                                        const IfMatch& if_match) {
    return change(device_id, body, if_match, Change::replace);
}

Outcome<std::string> TwinStore::change(std::string_view device_id, std::string_view body,
                                       const IfMatch& if_match, Change how) {
    auto found = load(device_id);
    if (!found) return std::move(found).error();
    Row& row = *found;
    if (const std::string etag = protocol::etag_text(row.etag); !if_match.allows(etag)) {
        return Fault{HubError::precondition_failed, "the etag of the twin of " +
                                                        describe_identity(row.device.id) + " is \"" + etag +
                                                        "\", not the one in If-Match; read it again, "
                                                        "or send *"};
    }
    const auto request = parse_twin_body(body);
    if (!request) return request.error();
    const auto given = twin_properties(*request);
    if (!given) return given.error();
    const base::JsonView properties = *given;

    const bool merging = how == Change::merge;
    const std::string nothing = "{}";
    const auto tags = section_patch(request->find("tags"), merging ? row.tags : nothing);
    if (tags) {
        auto merged = patched(merging ? row.tags : nothing, *tags, Section::tags);
        if (!merged) return std::move(merged).error();
        row.tags = merged->dump();
    }
    const auto desired = section_patch(properties.find("desired"), merging ? row.desired : nothing);
    if (desired) {
        auto merged = patched(merging ? row.desired : nothing, *desired, Section::desired);
        if (!merged) return std::move(merged).error();
        row.desired = merged->dump();
        ++row.desired_version;
        const base::Json metadata = merging ? stored_json(row.desired_metadata) : base::Json::object();
        row.desired_metadata =
            protocol::merge_metadata(metadata, *desired, base::format_iso8601(clock_.system_now()),
                                     row.desired_version)
                .dump();
    }
    if (!desired && !tags) return service_view(row);

    ++row.etag;
    ++row.version;
    store_service_.start().bind(static_cast<std::int64_t>(row.etag)).bind(row.version).bind(row.tags);
    store_service_.bind(row.desired)
        .bind(row.desired_metadata)
        .bind(row.desired_version)
        .bind(row.device.row);
    store_service_.run();
    TwinChange told{
        .device_id = row.device.id, .replaced = !merging, .tags = {}, .desired = {}, .reported = {}};
    if (tags) told.tags = merging ? tags->dump() : row.tags;
    if (desired) {
        told.desired = joined(merging ? desired->dump() : row.desired, version_member(row.desired_version));
    }
    changed.emit(told);
    if (desired) {
        announce(row.device.id, row.desired_version, merging ? desired->dump() : row.desired);
    }
    return service_view(row);
}

void TwinStore::announce(std::string device_id, std::int64_t version, const std::string& section) {
    database_.after_commit([this, id = std::move(device_id), version,
                            body = joined(section, version_member(version))](const auto& committed) {
        if (committed) desired_changed.emit(id, version, body);
    });
}

Outcome<std::int64_t> TwinStore::report(std::string_view device_id, std::string_view body) {
    auto found = load(device_id);
    if (!found) return std::move(found).error();
    Row& row = *found;
    const auto patch = parse_twin_body(body);
    if (!patch) return patch.error();
    const auto merged = patched(row.reported, *patch, Section::reported);
    if (!merged) return merged.error();
    const base::Json metadata = protocol::merge_metadata(stored_json(row.reported_metadata), *patch,
                                                         base::format_iso8601(clock_.system_now()));
    const std::int64_t version = row.reported_version + 1;
    store_reported_.start()
        .bind(merged->dump())
        .bind(metadata.dump())
        .bind(version)
        .bind(row.device.row)
        .run();
    changed.emit({.device_id = row.device.id,
                  .replaced = false,
                  .tags = {},
                  .desired = {},
                  .reported = joined(patch->dump(), version_member(version))});
    return version;
}

base::Result<void> TwinStore::each_view(
    Kind kind, std::string_view after, const TwinFilter& filter, const TwinParts& parts,
    const std::function<bool(const std::string& id, std::string view)>& take) {
    Statement scan = database_.prepare(scan_sql(kind, filter, parts, whole_tables()));
    scan.start().bind(after);
    filter.bind(scan);
    Row row;
    while (scan.step()) {
        row.read(scan);
        if (!take(row.device.id, view(row, parts))) break;
    }
    return database_.turn();
}

std::set<std::string> TwinStore::whole_tables() {
    std::set<std::string> tables;
    whole_tables_.start();
    while (whole_tables_.step()) {
        tables.emplace(whole_tables_.text());
    }
    return tables;
}

std::string TwinStore::query_plan(const TwinFilter& filter, Kind kind) {
    Statement explained =
        database_.prepare("EXPLAIN QUERY PLAN " + scan_sql(kind, filter, {}, whole_tables()));
    explained.start().bind(std::string_view());
    filter.bind(explained);
    std::string plan;
    while (explained.step()) {
        for (int number = 0; number < 3; ++number) {
            (void)explained.number();  // of the step; the text is the fourth column
        }
        plan += std::string(explained.text()) + '\n';
    }
    return plan;
}

base::Result<std::vector<std::string>> TwinStore::device_ids() {
    std::vector<std::string> ids;
    ids_.start();
    while (ids_.step()) {
        ids.emplace_back(ids_.text());
    }
    if (auto good = database_.turn(); !good) return std::move(good).error();
    return ids;
}

}  // namespace hub
