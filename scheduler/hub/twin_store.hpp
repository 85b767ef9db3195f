#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/etag.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/object_text.hpp"
#include "scheduler/hub/signal.hpp"
#include "scheduler/hub/twin_filter.hpp"
#include "scheduler/hub/twin_parts.hpp"
#include "scheduler/hub/twin_sections.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// What one update did to a twin; a section that it did not touch is empty. JSON objects: the applied change,
// nulls included, or after a replace the whole section; properties with their new "$version".
struct TwinChange {
    std::string device_id;
    bool replaced = false;
    std::string tags;
    std::string desired;
    std::string reported;
};

// The twins of all devices and modules, and the rules by which they change (iothub-protocol.md §1.7, §1.8,
// §2.5).
class TwinStore {
  public:
    TwinStore(Database& database, const Connections& connections, const base::Clock& clock);

    // The twin as the service sees it, JSON.
    [[nodiscard]] Outcome<std::string> service_view(std::string_view device_id);
    [[nodiscard]] bool exists(std::string_view device_id);
    // The twin as the device gets it: {"desired":{…},"reported":{…}}, without metadata and tags.
    [[nodiscard]] Outcome<std::string> device_view(std::string_view device_id);

    // Merges tags and properties.desired of `body`; the whole twin after it. Reported properties in it are
    // ignored.
    [[nodiscard]] Outcome<std::string> patch(std::string_view device_id, std::string_view body,
                                             const IfMatch& if_match);
    // Puts the sections that are in `body` in the place of those stored.
    [[nodiscard]] Outcome<std::string> replace(std::string_view device_id, std::string_view body,
                                               const IfMatch& if_match);
    // Merges what the device reports; the new version of the section.
    [[nodiscard]] Outcome<std::int64_t> report(std::string_view device_id, std::string_view body);

    // In the turn of each change, after it has been written.
    Signal<const TwinChange&> changed;
    // After the commit of a change of the desired properties: device, version, and the body of the
    // notification (the applied change, or the whole section after a replace, with "$version").
    Signal<const std::string&, std::int64_t, const std::string&> desired_changed;

    // These parts of the service views of the devices, or of the modules, that the filter lets through, by
    // key, behind `after`, until `take` says that it has enough by answering false. `take` does not write.
    enum class Kind { devices, modules };
    base::Result<void> each_view(Kind kind, std::string_view after, const TwinFilter& filter,
                                 const TwinParts& parts,
                                 const std::function<bool(const std::string& id, std::string view)>& take);
    // How SQLite would look for them: a line for each step.
    [[nodiscard]] std::string query_plan(const TwinFilter& filter, Kind kind = Kind::devices);
    // The ids of all devices, in order.
    [[nodiscard]] base::Result<std::vector<std::string>> device_ids();

  private:
    enum class Change { merge, replace };
    struct Row;

    [[nodiscard]] Outcome<Row> load(std::string_view device_id);
    [[nodiscard]] Outcome<std::string> change(std::string_view device_id, std::string_view body,
                                              const IfMatch& if_match, Change how);
    [[nodiscard]] std::string service_view(const Row& row) const;
    [[nodiscard]] std::string view(const Row& row, const TwinParts& parts) const;
    void add_facts(ObjectText& json, const Row& row) const;
    [[nodiscard]] static std::string properties_of(const Row& row, const TwinParts& parts);
    // Names of the indexes that queries may use.
    [[nodiscard]] std::set<std::string> whole_tables();
    void announce(std::string device_id, std::int64_t version, const std::string& section);

    Database& database_;
    const Connections& connections_;
    const base::Clock& clock_;
    Statement find_;
    Statement ids_;
    Statement whole_tables_;
    Statement store_service_;
    Statement store_reported_;
};

}  // namespace hub
