#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/answer.hpp"
#include "firmware/backoff.hpp"
#include "firmware/mqtt_client.hpp"
#include "firmware/reported.hpp"
#include "firmware/twin.hpp"
#include "protocol/connection_string.hpp"
#include "protocol/topics.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

struct HubSettings {
    protocol::DeviceConnectionString identity;  // the key in shared_access_key, wherever it came from
    std::uint16_t port = 8883;
    std::string ca_file;
    std::string certificate_file;
    std::string key_file;
    std::string model_id;
    std::chrono::seconds keep_alive{240};
    std::chrono::seconds token_life{3600};
};

// The door as a device of an IoT Hub: connects, subscribes, fetches the twin, hands out methods and desired
// changes, sends answers and reports, renews its token, and comes back after every loss, for ever. Pure but
// for its seams; belongs to the loop thread.
class HubLink {
  public:
    using Done = std::function<void(Answer)>;
    struct Seams {
        std::function<void(std::string_view name, std::string_view payload, Done done)> call_method;
        // next_due() or online() may have changed.
        std::function<void()> changed;
    };

    HubLink(HubSettings settings, MqttClient& client, Twin& twin, Reported& reported,
            const base::Clock& clock, const base::Log& log, std::uint64_t seed, Seams seams);
    HubLink(const HubLink&) = delete;
    HubLink& operator=(const HubLink&) = delete;

    void start();
    // Something in Reported has changed.
    void report();
    void tick();
    // Sends what is still to be said and disconnects; `done` is called once, when that is over.
    void stop(std::function<void()> done);

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return due_; }
    [[nodiscard]] bool online() const { return stage_ == Stage::online; }

  private:
    enum class Stage {
        stopped,
        waiting,      // for the next attempt
        connecting,   // until Paho says what came of it; its own time-out ends it
        subscribing,  // from here on the connection stands
        fetching,
        online,
        renewing,  // disconnecting, to come back with a fresh token
        leaving,
    };

    void connect();
    void connected();
    void connect_failed(const MqttFailure& failure);
    void lost(const std::string& reason);
    void ended(const std::string& reason);
    void disconnected();
    void drop(const std::string& reason);
    void wait(std::chrono::milliseconds delay);
    void set_stage(Stage stage, std::optional<base::SteadyTime> due);
    [[nodiscard]] base::Result<std::string> make_password();
    [[nodiscard]] bool connection_stands() const;

    void fetch();
    void message(const std::string& topic, const std::string& payload);
    void method(const protocol::MethodRequest& request, const std::string& payload);
    void answer(std::uint64_t connection, const std::string& rid, const Answer& answer);
    void twin_response(const protocol::TwinResponse& response, const std::string& payload);
    void twin_fetched(const protocol::TwinResponse& response, const std::string& payload);
    void desired(const protocol::DesiredPatch& patch, const std::string& payload);
    void renew_or_wait();
    [[nodiscard]] std::string next_rid() { return std::to_string(++rid_); }

    HubSettings settings_;
    MqttClient& client_;
    Twin& twin_;
    Reported& reported_;
    const base::Clock& clock_;
    const base::Log& log_;
    Backoff backoff_;
    Seams seams_;

    Stage stage_ = Stage::stopped;
    std::optional<base::SteadyTime> due_;  // of the present stage
    base::SteadyTime began_;               // the present attempt
    base::SteadyTime renew_at_;
    base::SteadyTime accepted_at_;  // the connection that stands, or the last one
    unsigned thrown_off_ = 0;       // connections in a row that the hub ended soon
    std::uint64_t connection_ = 0;  // counts connections: an answer belongs to the one that asked
    std::uint64_t rid_ = 0;
    unsigned methods_pending_ = 0;
    std::string get_rid_;
    std::string patch_rid_;  // empty: no patch under way
    std::optional<base::SteadyTime> patch_due_;
    std::function<void()> left_;
};

}  // namespace firmware
