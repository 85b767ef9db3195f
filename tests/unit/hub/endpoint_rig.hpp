#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "protocol/mqtt_codec.hpp"
#include "protocol/sas.hpp"
#include "protocol/username.hpp"
#include "scheduler/hub/domain.hpp"
#include "scheduler/hub/refusal_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub {

// The hub's domain on a database in memory, with a manual clock and a log that can be read.
struct EndpointRig {
    EndpointRig() {
        (void)policies.ensure_built_in();
        commit();
    }

    // The end of a turn, as often as one sets off another.
    void commit() {
        for (int turn = 0; database.has_work() && turn < 10; ++turn) {
            ASSERT_TRUE(database.commit_turn());
        }
    }

    Device add_device(const std::string& id) {
        auto device = registry.create(id, DeviceDraft{});
        EXPECT_TRUE(device);
        commit();
        return std::move(*device);
    }

    base::ManualClock clock;
    std::vector<std::string> lines;
    base::Log log{base::Level::debug,
                  [this](base::Level, std::string_view line) { lines.emplace_back(line); }};
    RefusalLog refusals{log, clock};
    Domain domain{std::move(*Database::open(":memory:")), clock, log, {}};
    Database& database = domain.database;
    Connections& connections = domain.connections;
    Policies& policies = domain.policies;
    Registry& registry = domain.registry;
    TwinStore& twins = domain.twins;
    Authorization& authorization = domain.authorization;
    DeviceSessions& sessions = domain.sessions;
    MethodCalls& calls = domain.calls;
};

inline std::string token(const EndpointRig& rig, std::string_view resource, const std::string& key,
                         std::chrono::seconds life = std::chrono::hours(1), std::string_view policy = {}) {
    auto made = protocol::make_sas_token(resource, key, rig.clock.system_now() + life, policy);
    EXPECT_TRUE(made);
    return *made;
}

// The CONNECT of a device that has its key and a token for an hour.
inline protocol::Connect connect_of(const EndpointRig& rig, const Device& device,
                                    std::chrono::seconds life = std::chrono::hours(1)) {
    protocol::Connect connect;
    connect.client_id = device.id;
    connect.clean_session = false;
    connect.keep_alive = 60;
    protocol::Username username;
    username.host = "localhost";
    username.device_id = device.id;
    username.api_version = "2021-04-12";
    connect.username = protocol::make_username(username);
    connect.password = token(rig, "localhost/devices/" + device.id, device.keys.primary, life);
    return connect;
}

}  // namespace hub
