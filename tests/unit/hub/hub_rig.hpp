#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "protocol/mqtt_packet.hpp"
#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/job_gateway.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/method_calls.hpp"
#include "scheduler/hub/query_service.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/twin_store.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub {

// A wire that keeps what is sent over it.
class FakeLink final : public DeviceLink {
  public:
    struct Sent {
        std::string topic;
        std::string payload;
        int qos = 0;
        std::int64_t message = 0;  // from the cloud: its number
        bool again = false;
    };

    void publish(std::string_view topic, std::string_view payload, int qos) override {
        sent.push_back({std::string(topic), std::string(payload), qos});
    }
    void deliver(std::string_view topic, std::string_view payload, std::int64_t message,
                 bool again) override {
        sent.push_back({std::string(topic), std::string(payload), 1, message, again});
    }
    void close(std::string_view reason) override { closed = std::string(reason); }

    // What was sent last.
    [[nodiscard]] Sent last() const { return sent.empty() ? Sent{} : sent.back(); }
    // The request id at the end of the last topic.
    [[nodiscard]] std::string last_rid() const {
        const std::string topic = last().topic;
        return topic.substr(topic.find("$rid=") + 5);
    }

    std::vector<Sent> sent;
    std::optional<std::string> closed;
};

// The whole domain of the hub over one database. What a test does is durable when it calls commit().
struct HubRig {
    explicit HubRig(const std::string& path = ":memory:") : database(std::move(*Database::open(path))) {}

    // Turns until there is nothing left to do; true if all of them were committed.
    bool commit() {
        bool good = true;
        for (int turn = 0; database->has_work() && turn < 20; ++turn) {
            good = database->commit_turn().has_value() && good;
        }
        return good && !database->has_work();
    }

    Device add_device(const std::string& id) {
        auto device = registry.create(id, DeviceDraft{});
        EXPECT_TRUE(device) << (device ? "" : device.error().message);
        EXPECT_TRUE(commit());
        return device ? *device : Device{};
    }

    // Session present, or nothing if the device was not let in.
    std::optional<bool> attach(const std::string& id, FakeLink& link, bool clean_session = false) {
        std::optional<bool> present;
        sessions.attach({id, {}, std::nullopt}, link, clean_session,
                        [&present](const base::Result<bool>& done) {
                            if (done) present = *done;
                        });
        commit();
        return present;
    }

    std::vector<std::uint8_t> subscribe(const std::string& id, const FakeLink& link,
                                        const std::vector<protocol::Subscription>& filters) {
        std::vector<std::uint8_t> codes;
        sessions.subscribe(id, link, filters,
                           [&codes](const std::vector<std::uint8_t>& granted) { codes = granted; });
        commit();
        return codes;
    }

    base::Result<void> publish(const std::string& id, const FakeLink& link, const std::string& topic,
                               const std::string& payload, int qos = 0) {
        protocol::Publish message;
        message.topic = topic;
        message.payload = payload;
        message.qos = static_cast<std::uint8_t>(qos);
        auto result = sessions.receive(id, link, message, nullptr);
        commit();
        return result;
    }

    // A device that is registered, connected and subscribed to everything at QoS 0.
    void connect(const std::string& id, FakeLink& link) {
        if (!registry.find(id)) add_device(id);
        EXPECT_TRUE(attach(id, link));
        EXPECT_EQ(subscribe(id, link,
                            {{std::string(protocol::methods_filter), 0},
                             {std::string(protocol::twin_responses_filter), 0},
                             {std::string(protocol::desired_filter), 0}})
                      .size(),
                  3U);
    }

    base::ManualClock clock;
    base::Log log{base::Level::debug, [](base::Level, std::string_view) {}};
    std::unique_ptr<Database> database;
    Connections connections;
    Registry registry{*database, clock};
    TwinStore twins{*database, connections, clock};
    DeviceSessions sessions{*database, connections, registry, twins, clock, log};
    MethodCalls calls{sessions, registry, clock, {}};
    JobStore jobs{*database};
    QueryService queries{twins, jobs};
    JobGateway gateway{sessions, calls, twins, queries};
};

[[nodiscard]] inline base::Json parsed(const std::string& text) {
    auto json = base::Json::parse(text, {.bytes = std::size_t{1024} * 1024, .depth = 64, .comments = false});
    EXPECT_TRUE(json) << text;
    return json ? std::move(*json) : base::Json();
}

}  // namespace hub
