#include "scheduler/hub/twin_parts.hpp"

#include "scheduler/query/execution.hpp"
#include "scheduler/query/paths.hpp"

#include <string_view>
#include <vector>

namespace hub {
namespace {

constexpr TwinParts nothing{
    .facts = false, .tags = false, .desired = false, .reported = false, .metadata = false};

// properties, properties.desired, properties.desired.$metadata…, properties.desired.building
void add_properties(const std::vector<std::string>& names, TwinParts& parts) {
    const bool all = names.size() == 1;
    if (!all && names[1] != "desired" && names[1] != "reported") return;
    parts.desired |= all || names[1] == "desired";
    parts.reported |= all || names[1] == "reported";
    parts.metadata |= names.size() < 3 || names[2] == "$metadata";
}

TwinParts parts_of(const std::vector<ql::Path>& paths) {
    TwinParts parts = nothing;
    for (const ql::Path& path : paths) {
        const std::string& first = path.names.front();
        if (first == "tags") {
            parts.tags = true;
        } else if (first == "properties") {
            add_properties(path.names, parts);
        } else {
            parts.facts = true;
        }
    }
    return parts;
}

}  // namespace

TwinParts TwinParts::of(const ql::Condition& condition) {
    return parts_of(ql::paths(condition));
}

TwinParts TwinParts::of(const ql::Query& query) {
    return ql::selects_documents(query) ? TwinParts{} : parts_of(ql::paths(query));
}

std::string TwinParts::columns() const {
    const auto column = [](bool wanted, std::string_view name, std::string_view instead) {
        return std::string(wanted ? name : instead) + ", ";
    };
    return "d.id, " +
           column(
               facts,
               "d.etag, d.enabled, d.status_reason, d.status_updated, d.authentication, "
               "d.primary_thumbprint, d.secondary_thumbprint, d.last_activity, d.model_id, t.device, t.etag, "
               "t.version, (SELECT count(*) FROM messages m WHERE m.device = d.seq)",
               "'', 0, '', NULL, 0, '', '', NULL, '', 0, 0, 0, 0") +
           column(tags, "t.tags", "'{}'") + column(desired, "t.desired, t.desired_version", "'{}', 0") +
           column(reported, "t.reported, t.reported_version", "'{}', 0") +
           (metadata ? "t.desired_metadata, t.reported_metadata" : "'{}', '{}'");
}

}  // namespace hub
