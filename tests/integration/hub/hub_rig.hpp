#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "scheduler/http/client.hpp"
#include "scheduler/hub/hub.hpp"
#include "tls_device.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hub {

// A whole hub in this process, in a directory and on ports of its own, with its loop on a thread.
class HubRig {
  public:
    HubRig();
    ~HubRig();
    HubRig(const HubRig&) = delete;
    HubRig& operator=(const HubRig&) = delete;

    void start();
    void stop();

    [[nodiscard]] const std::string& directory() const { return directory_; }
    [[nodiscard]] std::string ca_file() const { return directory_ + "/ca.pem"; }
    [[nodiscard]] std::uint16_t mqtt_port() const { return options_.settings.mqtt_port; }
    [[nodiscard]] const Hub::Options& options() const { return options_; }
    [[nodiscard]] std::vector<std::string> log() const;

    // One request as iothubowner; the path holds no query.
    http::Response ask(std::string method, std::string path, std::string body = {});
    // Registers a device; its primary key.
    std::string add_device(const std::string& id);
    // A device that is connected with that key, without subscriptions.
    std::unique_ptr<TlsDevice> connect(const std::string& id, const std::string& key);

  private:
    std::string directory_;
    Hub::Options options_;
    base::RealClock clock_;
    mutable std::mutex lines_guard_;
    std::vector<std::string> lines_;
    base::Log log_;
    std::unique_ptr<Hub> hub_;
    std::thread thread_;
    std::unique_ptr<http::Client> client_;
    std::string authorization_;
};

// A CONNECT with a token of this key.
protocol::Connect connect_packet(const std::string& id, const std::string& key, base::SystemTime now);

}  // namespace hub
