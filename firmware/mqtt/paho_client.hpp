#pragma once

#include "base/log.hpp"
#include "firmware/mqtt_client.hpp"
#include "hal/event_loop.hpp"

#include <memory>
#include <string>
#include <vector>

namespace firmware {

// MqttClient on Eclipse Paho's MQTTAsync. Paho calls back on threads of its own, some with its lock held:
// every callback copies what it was given and posts it to the loop, nothing else (the one of a failed connect
// looks at the files that were to be loaded). Reconnecting is not Paho's
// business but ours: backoff, jitter and a fresh token.
class PahoClient final : public MqttClient {
  public:
    PahoClient(hal::EventLoop& loop, const base::Log& log);
    PahoClient(const PahoClient&) = delete;
    PahoClient& operator=(const PahoClient&) = delete;
    ~PahoClient() override;

    void on_events(Events events) override;
    void connect(const MqttConnect& connect) override;
    void subscribe(const std::vector<std::string>& filters) override;
    base::Result<void> publish(const std::string& topic, const std::string& payload) override;
    base::Result<void> publish_acknowledged(const std::string& topic, const std::string& payload,
                                            std::uint64_t number) override;
    void disconnect() override;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace firmware
