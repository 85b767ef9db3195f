#pragma once

#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"

#include <optional>
#include <string_view>

namespace hub {

// The persistent MQTT sessions (clean session 0): what a device has subscribed to, kept while it is away and
// while the hub is.
class SessionStore {
  public:
    explicit SessionStore(Database& database);

    [[nodiscard]] std::optional<Subscriptions> load(std::string_view device_id);
    void store(std::string_view device_id, const Subscriptions& subscriptions);
    void remove(std::string_view device_id);

  private:
    Statement load_;
    Statement store_;
    Statement remove_;
};

}  // namespace hub
