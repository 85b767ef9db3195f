#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/backoff.hpp"
#include "firmware/bounded_log.hpp"
#include "firmware/hub_settings.hpp"
#include "firmware/method_calls.hpp"
#include "firmware/mqtt_client.hpp"
#include "firmware/reported.hpp"
#include "firmware/telemetry.hpp"
#include "firmware/twin.hpp"
#include "firmware/twin_sync.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace firmware {

// The door as a device of an IoT Hub: the life cycle of its connection. Connects, subscribes, has the twin
// fetched, renews its token, and comes back after every loss, for ever. What passes over the connection is
// the business of MethodCalls, TwinSync and Telemetry. Pure but for its seams; belongs to the loop thread.
class HubLink {
  public:
    using Done = MethodCalls::Done;
    struct Seams {
        MethodCalls::Call call_method;
        // next_due() or online() may have changed.
        std::function<void()> changed;
    };

    HubLink(HubSettings settings, MqttClient& client, Twin& twin, Reported& reported, Telemetry& telemetry,
            const base::Clock& clock, const base::Log& log, std::uint64_t seed, Seams seams);
    HubLink(const HubLink&) = delete;
    HubLink& operator=(const HubLink&) = delete;

    void start();
    // Something in Reported has changed.
    void report() { twin_sync_.report(); }
    void tick();
    // Sends what is still to be said and disconnects; `done` is called once, when that is over.
    // What is waited for is answered and the last facts are reported before, as far as a second allows.
    void stop(std::function<void()> done);

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    [[nodiscard]] bool online() const { return stage_ == Stage::online; }

  private:
    enum class Stage {
        stopped,
        waiting,      // for the next attempt
        connecting,   // until Paho says what came of it
        subscribing,  // from here on the connection stands
        fetching,
        online,
        renewing,   // disconnecting, to come back with a fresh token
        answering,  // to leave as soon as everybody has an answer and the hub the last facts
        leaving,
    };

    void connect();
    void connected();
    void connect_failed(const MqttFailure& failure);
    [[nodiscard]] std::string why_not_authorised(const MqttFailure& failure) const;
    void subscribed();
    void synchronised();
    void lost(const std::string& reason);
    void rejected(const std::string& reason);
    void ended(const std::string& reason);
    void ended(const std::string& reason, std::chrono::milliseconds delay);
    void disconnected();
    void drop(const std::string& reason);
    void let_go();
    void renew();
    void leave_if_all_is_said();
    void leave();
    void message(const std::string& topic, const std::string& payload);
    void oversized(const std::string& topic, std::size_t bytes);
    [[nodiscard]] std::optional<protocol::HubPublish> parse(const std::string& topic);
    // Whom the door connects to: a gateway, or the hub.
    [[nodiscard]] const std::string& peer() const;
    void set_stage(Stage stage, std::optional<base::SteadyTime> due);
    [[nodiscard]] base::Result<std::string> make_password();
    [[nodiscard]] bool connection_stands() const { return stage_ >= Stage::subscribing; }

    HubSettings settings_;
    MqttClient& client_;
    Telemetry& telemetry_;
    const base::Clock& clock_;
    const base::Log& log_;
    BoundedLog ignored_;
    Backoff backoff_;
    Seams seams_;
    MethodCalls methods_;
    TwinSync twin_sync_;

    Stage stage_ = Stage::stopped;
    std::optional<base::SteadyTime> due_;       // of the present stage
    base::SteadyTime began_;                    // the present attempt
    std::optional<base::SteadyTime> renew_at_;  // nothing: what we prove ourselves with cannot be renewed
    base::SteadyTime accepted_at_;              // the connection that stands, or the last one
    unsigned thrown_off_ = 0;                   // connections in a row that the hub ended soon
    base::SteadyTime leave_by_;                 // after stop()
    std::function<void()> left_;
};

}  // namespace firmware
