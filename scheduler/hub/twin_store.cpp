#include "scheduler/hub/twin_store.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "protocol/twin.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/object_text.hpp"

#include <optional>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;
using protocol::Section;

constexpr std::string_view columns =
    "SELECT d.id, d.etag, d.enabled, d.status_reason, d.status_updated, d.authentication, "
    "d.primary_thumbprint, d.secondary_thumbprint, d.last_activity, d.model_id, "
    "t.device, t.etag, t.version, t.tags, t.desired, t.desired_metadata, t.desired_version, "
    "t.reported, t.reported_metadata, t.reported_version "
    "FROM devices d JOIN twins t ON t.device = d.seq ";

constexpr base::JsonLimits body_limits{.bytes = std::size_t{256} * 1024, .depth = 32, .comments = false};

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

// The members of two objects in one, as text.
std::string joined(std::string_view object, std::string_view members) {
    std::string text(object.substr(0, object.size() - 1));
    if (text.size() > 1) text += ',';
    text += members;
    text += '}';
    return text;
}

std::string version_member(std::int64_t version) {
    return "\"$version\":" + std::to_string(version);
}

// What is stored is what merge() and dump() made; that it parses again is this program's own promise.
base::Json stored(const std::string& text) {
    auto json =
        base::Json::parse(text, {.bytes = std::size_t{4} * 1024 * 1024, .depth = 64, .comments = false});
    return json ? std::move(*json) : base::Json::object();
}

// A section of a request as a patch: a null clears the section, and what a client sends back of "$metadata"
// and "$version" means nothing (§2.5). Absent if the request does not touch the section.
std::optional<base::Json> as_patch(base::JsonView section, const std::string& current) {
    if (!section.exists()) return std::nullopt;
    if (section.is_null()) {
        base::Json patch = base::Json::object();
        const base::Json members = stored(current);
        for (const base::JsonView member : members) {
            patch.set(member.name(), nullptr);
        }
        return patch;
    }
    base::Json patch(section);
    if (patch.is_object()) {
        patch.erase("$metadata");
        patch.erase("$version");
    }
    return patch;
}

Outcome<void> checked(const base::Result<void>& result) {
    if (!result) return invalid(result.error().message);  // also what is too large: §1.7 has 400 for both
    return {};
}

// The section after the patch.
Outcome<base::Json> applied(const std::string& current, const base::Json& patch, Section section) {
    if (auto good = checked(protocol::check_section(patch, section)); !good) return std::move(good).error();
    base::Json merged = protocol::merge(stored(current), patch);
    if (auto good = checked(protocol::check_section_size(merged, section)); !good) {
        return std::move(good).error();
    }
    return merged;
}

Outcome<base::Json> parse_object(std::string_view body) {
    auto parsed = base::Json::parse(body, body_limits);
    if (!parsed) return invalid(parsed.error().message);
    if (!parsed->is_object()) return invalid("the body must be a JSON object");
    return std::move(*parsed);
}

Outcome<base::JsonView> properties_of(base::JsonView request) {
    const base::JsonView properties = request.find("properties");
    if (!properties.exists() || properties.is_null() || properties.is_object()) return properties;
    return invalid("properties must be an object that holds desired");
}

}  // namespace

Outcome<void> check_twin_patch(std::string_view body) {
    const auto request = parse_object(body);
    if (!request) return request.error();
    const auto properties = properties_of(*request);
    if (!properties) return properties.error();
    const std::string nothing = "{}";
    const std::pair<Section, base::JsonView> sections[] = {{Section::tags, request->find("tags")},
                                                           {Section::desired, properties->find("desired")}};
    for (const auto& [section, value] : sections) {
        const auto patch = as_patch(value, nothing);
        if (!patch) continue;
        if (auto merged = applied(nothing, *patch, section); !merged) return std::move(merged).error();
    }
    return {};
}

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
        tags = from.text();
        desired = from.text();
        desired_metadata = from.text();
        desired_version = from.number();
        reported = from.text();
        reported_metadata = from.text();
        reported_version = from.number();
    }
};

TwinStore::TwinStore(Database& database, const Connections& connections, const base::Clock& clock)
    : database_(database),
      connections_(connections),
      clock_(clock),
      find_(database.prepare(std::string(columns) + "WHERE d.id = ?")),
      ids_(database.prepare("SELECT id FROM devices ORDER BY id")),
      store_service_(database.prepare("UPDATE twins SET etag = ?, version = ?, tags = ?, desired = ?, "
                                      "desired_metadata = ?, desired_version = ? WHERE device = ?")),
      store_reported_(database.prepare("UPDATE twins SET reported = ?, reported_metadata = ?, "
                                       "reported_version = ? WHERE device = ?")) {}

Outcome<TwinStore::Row> TwinStore::load(std::string_view device_id) {
    find_.start().bind(device_id);
    if (!find_.step()) {
        return Fault{HubError::device_not_found, "device '" + std::string(device_id) + "' is not registered"};
    }
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
    const Device& device = row.device;
    const Connection* connection = connections_.find(device.id);

    std::string properties = "{\"desired\":";
    properties += joined(row.desired,
                         "\"$metadata\":" + row.desired_metadata + ',' + version_member(row.desired_version));
    properties += ",\"reported\":";
    properties += joined(
        row.reported, "\"$metadata\":" + row.reported_metadata + ',' + version_member(row.reported_version));
    properties += '}';

    ObjectText json;
    json.text("deviceId", device.id)
        .text("etag", protocol::etag_text(row.etag))
        .text("deviceEtag", device.etag)
        .text("status", device.enabled ? "enabled" : "disabled");
    if (!device.status_reason.empty()) json.text("statusReason", device.status_reason);
    json.time("statusUpdateTime", device.status_updated)
        .text("connectionState", connection == nullptr ? "Disconnected" : "Connected")
        .time("lastActivityTime", connection == nullptr ? device.last_activity : connection->last_activity)
        .number("cloudToDeviceMessageCount", 0)
        .text("authenticationType", to_text(device.authentication))
        .raw("x509Thumbprint", thumbprints_json(device.thumbprints))
        .text("modelId", device.model_id)
        .number("version", row.version)
        .raw("tags", row.tags)
        .raw("properties", properties)
        .raw("capabilities", R"({"iotEdge":false})");
    return json.done();
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
        return Fault{HubError::precondition_failed, "the etag of the twin of '" + row.device.id + "' is \"" +
                                                        etag +
                                                        "\", not the one in If-Match; read it again, "
                                                        "or send *"};
    }
    const auto request = parse_object(body);
    if (!request) return request.error();
    const auto given = properties_of(*request);
    if (!given) return given.error();
    const base::JsonView properties = *given;

    const bool merging = how == Change::merge;
    const std::string nothing = "{}";
    if (const auto tags = as_patch(request->find("tags"), merging ? row.tags : nothing)) {
        auto merged = applied(merging ? row.tags : nothing, *tags, Section::tags);
        if (!merged) return std::move(merged).error();
        row.tags = merged->dump();
    }
    const auto desired = as_patch(properties.find("desired"), merging ? row.desired : nothing);
    if (desired) {
        auto merged = applied(merging ? row.desired : nothing, *desired, Section::desired);
        if (!merged) return std::move(merged).error();
        row.desired = merged->dump();
        ++row.desired_version;
        const base::Json metadata = merging ? stored(row.desired_metadata) : base::Json::object();
        row.desired_metadata =
            protocol::merge_metadata(metadata, *desired, base::format_iso8601(clock_.system_now()),
                                     row.desired_version)
                .dump();
    }
    if (!desired && !request->find("tags").exists()) return service_view(row);

    ++row.etag;
    ++row.version;
    store_service_.start().bind(static_cast<std::int64_t>(row.etag)).bind(row.version).bind(row.tags);
    store_service_.bind(row.desired)
        .bind(row.desired_metadata)
        .bind(row.desired_version)
        .bind(row.device.row);
    store_service_.run();
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
    const auto patch = parse_object(body);
    if (!patch) return patch.error();
    const auto merged = applied(row.reported, *patch, Section::reported);
    if (!merged) return merged.error();
    const base::Json metadata = protocol::merge_metadata(stored(row.reported_metadata), *patch,
                                                         base::format_iso8601(clock_.system_now()));
    const std::int64_t version = row.reported_version + 1;
    store_reported_.start()
        .bind(merged->dump())
        .bind(metadata.dump())
        .bind(version)
        .bind(row.device.row)
        .run();
    return version;
}

base::Result<void> TwinStore::each_service_view(
    std::string_view after, const TwinFilter& filter,
    const std::function<bool(const std::string& id, std::string view)>& take) {
    Statement scan =
        database_.prepare(std::string(columns) + "WHERE d.id > ?" + filter.sql() + " ORDER BY d.id");
    scan.start().bind(after);
    filter.bind(scan);
    Row row;
    while (scan.step()) {
        row.read(scan);
        if (!take(row.device.id, service_view(row))) break;
    }
    return database_.turn();
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
