#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/etag.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/signal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

struct RegistryStatistics {
    std::int64_t total = 0;
    std::int64_t enabled = 0;
    [[nodiscard]] std::int64_t disabled() const { return total - enabled; }
};

// The identities of the devices (iothub-protocol.md §2.4). Nothing of it is held in memory, so that a million
// devices cost nothing while they are silent; a look-up is one prepared statement.
class Registry {
  public:
    static constexpr std::size_t max_devices = 1'000'000;
    static constexpr std::size_t max_listed = 1'000;

    Registry(Database& database, const base::Clock& clock);

    // PUT: makes a new identity when there is no If-Match, else changes the one that is there.
    // DeviceAlreadyExists, DeviceNotFound, PreconditionFailed, ArgumentInvalid, TooManyDevices. Empty keys:
    // made for a new device, kept for one that has some.
    [[nodiscard]] Outcome<Device> put(std::string_view id, const DeviceDraft& draft, const IfMatch& if_match);
    [[nodiscard]] Outcome<Device> create(std::string_view id, const DeviceDraft& draft);
    [[nodiscard]] Outcome<Device> update(std::string_view id, const DeviceDraft& draft,
                                         const IfMatch& if_match);
    // With its twin, its session and its subscriptions.
    [[nodiscard]] Outcome<void> remove(std::string_view id, const IfMatch& if_match);

    [[nodiscard]] std::optional<Device> find(std::string_view id);
    // The same, or DeviceNotFound.
    [[nodiscard]] Outcome<Device> get(std::string_view id);
    // The first `most` by id, after `after`.
    [[nodiscard]] std::vector<Device> list(std::size_t most, std::string_view after = {});
    [[nodiscard]] RegistryStatistics statistics();

    // What a device says of itself when it connects, and what is known of it when it has gone.
    void set_model_id(std::string_view id, std::string_view model_id);
    void note_departure(std::string_view id, base::SystemTime at, base::SystemTime last_activity);

    // After the commit that removed a device, disabled it, or changed what it proves itself with: it is to be
    // disconnected. With the id and a sentence.
    Signal<const std::string&, const std::string&> access_changed;

  private:
    void announce(std::string id, std::string reason);

    Database& database_;
    const base::Clock& clock_;
    Statement find_;
    Statement insert_;
    Statement insert_twin_;
    Statement update_;
    Statement remove_;
    Statement list_;
    Statement totals_;
    Statement set_model_id_;
    Statement note_departure_;
};

}  // namespace hub
