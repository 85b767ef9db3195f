#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// What systemd wants to hear from a service of Type=notify (sd_notify(3)): one datagram to the socket in
// $NOTIFY_SOCKET. Without that variable everything here does nothing. Written out because libsystemd would
// cost a third of the memory that a door may use.
class ServiceNotifier {
  public:
    // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    ServiceNotifier();
    ServiceNotifier(const ServiceNotifier&) = delete;
    ServiceNotifier& operator=(const ServiceNotifier&) = delete;
    ~ServiceNotifier();

    void ready() const { send("READY=1"); }
    void stopping() const { send("STOPPING=1"); }
    void alive() const { send("WATCHDOG=1"); }
    // The line that `systemctl status` shows; sent when it has changed.
    void status(const std::string& text);
    // Leaves a copy of the descriptor in systemd's store (FileDescriptorStoreMax= of the unit), from where
    // the next process of this service gets it; waits for at most half a second until systemd has it. False
    // if it has not: then nothing may count on it.
    [[nodiscard]] bool store(const std::string& name, int descriptor) const;
    // Takes it out of the store. Every process of the service has its own copy.
    void forget(const std::string& name) const;
    // How long systemd waits for a sign of life; nothing if it does not.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  private:
    void send(std::string_view message) const;
    [[nodiscard]] bool send_with(std::string_view message, int descriptor) const;

    int fd_ = -1;
    std::optional<std::chrono::microseconds> watchdog_;
    std::string status_;
};

}  // namespace firmware
