#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace hub {

// The QoS 1 publishes of one connection on their way to the device (sheet §1.4): so many wait for their
// PUBACK, the rest wait for a place among them, in order.
class PublishWindow {
  public:
    struct Item {
        std::string topic;
        std::string payload;
        std::int64_t message = 0;  // from the cloud, that its PUBACK acknowledges; 0 for anything else
        bool again = false;        // the device may have got it before: DUP
    };

    explicit PublishWindow(std::size_t most) : most_(most) {}

    // Its packet goes to `out` now, or when there is a place.
    void send(std::string& out, Item item);
    // A PUBACK: the message it acknowledges; nothing if nobody waits for it, which is harmless. What has a
    // place now goes to `out`.
    std::optional<std::int64_t> acknowledged(std::string& out, std::uint16_t packet_id);
    // The connection has ended.
    void clear();

    // Bytes that wait for a place.
    [[nodiscard]] std::size_t held_back() const { return held_back_; }

  private:
    struct InFlight {
        std::uint16_t packet_id;
        std::int64_t message;
    };
    void put(std::string& out, Item item);
    [[nodiscard]] std::vector<InFlight>::iterator find(std::uint16_t packet_id);

    std::size_t most_;
    std::vector<InFlight> in_flight_;  // at most most_
    std::list<Item> waiting_;
    std::size_t held_back_ = 0;
    std::uint16_t last_packet_id_ = 0;
};

}  // namespace hub
