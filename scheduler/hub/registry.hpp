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

// The identities of devices and of their modules (iothub-protocol.md §2.4). Nothing of it is held in memory,
// so that a million devices cost nothing while they are silent; a look-up is one prepared statement.
class Registry {
  public:
    static constexpr std::size_t max_devices = 1'000'000;
    static constexpr std::size_t max_listed = 1'000;
    static constexpr std::size_t max_modules = 50;  // of one device, as IoT Hub has it

    Registry(Database& database, const base::Clock& clock);

    // PUT: makes a new identity when there is no If-Match, else changes the one that is there.
    // DeviceAlreadyExists, DeviceNotFound, PreconditionFailed, ArgumentInvalid, TooManyDevices; of a module
    // ModuleAlreadyExistsOnDevice, ModuleNotFound, TooManyModulesOnDevice. Empty keys: made for a new
    // identity, kept for one that has some.
    [[nodiscard]] Outcome<Device> put(std::string_view id, const DeviceDraft& draft, const IfMatch& if_match);
    [[nodiscard]] Outcome<Device> create(std::string_view id, const DeviceDraft& draft);
    [[nodiscard]] Outcome<Device> update(std::string_view id, const DeviceDraft& draft,
                                         const IfMatch& if_match);
    // With its twin, its session, its subscriptions, and its modules.
    [[nodiscard]] Outcome<void> remove(std::string_view id, const IfMatch& if_match);

    [[nodiscard]] std::optional<Device> find(std::string_view id);
    // The same, or DeviceNotFound or ModuleNotFound.
    [[nodiscard]] Outcome<Device> get(std::string_view id);
    // The modules of a device, by id. DeviceNotFound.
    [[nodiscard]] Outcome<std::vector<Device>> modules(std::string_view device_id);
    // The first `most` devices by id, after `after`; no modules.
    [[nodiscard]] std::vector<Device> list(std::size_t most, std::string_view after = {});
    [[nodiscard]] RegistryStatistics statistics();

    // What a device says of itself when it connects, and what is known of it when it has gone.
    void set_model_id(std::string_view id, std::string_view model_id);
    void note_departure(std::string_view id, base::SystemTime at, base::SystemTime last_activity);

    // After the commit that removed an identity, disabled it, or changed what it proves itself with: it is to
    // be disconnected. A device that is removed or disabled takes its modules with it. With the id and a
    // sentence.
    Signal<const std::string&, const std::string&> access_changed;

  private:
    void announce(std::string id, std::string reason);
    void announce_modules(const Device& device, const std::string& reason);
    // Whether there may be one more of this kind.
    [[nodiscard]] Outcome<void> check_room(std::string_view id);
    [[nodiscard]] std::vector<Device> modules_of(std::int64_t row);

    Database& database_;
    const base::Clock& clock_;
    Statement find_;
    Statement insert_;
    Statement insert_twin_;
    Statement update_;
    Statement remove_;
    Statement list_;
    Statement modules_;
    Statement totals_;
    Statement set_model_id_;
    Statement note_departure_;
};

}  // namespace hub
