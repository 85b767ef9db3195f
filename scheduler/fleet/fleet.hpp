#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "scheduler/fleet/endpoint.hpp"
#include "scheduler/fleet/figures.hpp"
#include "scheduler/fleet/link.hpp"
#include "scheduler/fleet/schedule.hpp"
#include "scheduler/fleet/session.hpp"
#include "scheduler/fleet/tls.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace fleet {

struct Settings {
    Manner manner;
    Endpoint endpoint;
    std::size_t most_handshakes = 64;             // that are under way at once
    bool tickets = true;                          // of TLS, to come back by
    std::chrono::milliseconds first_pause{1000};  // of the back-off, doubled up to …
    std::chrono::milliseconds most_pause{60000};
    std::uint64_t seed = 1;
};

// Thousands of simulated doors that really connect, driven by whoever calls turn(): one thread, one epoll
// set. A door that loses its hub comes again with full jitter.
class Fleet {
  public:
    static constexpr std::size_t most_devices = 20'000;

    // `tls` empty: bare TCP, which no lockhub speaks; for figures. The descriptors are the caller's to allow
    // (allow_connections).
    [[nodiscard]] static base::Result<std::unique_ptr<Fleet>> make(Settings settings, std::optional<Tls> tls,
                                                                   const base::Clock& clock);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    // A door that connects as soon as it is its turn. too_large beyond most_devices.
    [[nodiscard]] base::Result<void> add(Identity identity);

    // Waits for something to do for so long at the most, and does it.
    void turn(std::chrono::milliseconds most);

    // Cuts the connections of the first `count` doors that are connected, without a goodbye. They come again
    // at any time within `spread`.
    void drop(std::size_t count, std::chrono::milliseconds spread);
    // Says goodbye to the hub for all of them; none comes again.
    void leave();

    [[nodiscard]] std::size_t size() const { return devices_.size(); }
    [[nodiscard]] std::size_t connected() const { return connected_; }  // the hub has accepted them
    [[nodiscard]] std::size_t ready() const { return ready_; }  // subscribed, twin fetched and reported
    [[nodiscard]] const Figures& figures() const { return figures_; }
    void reset_figures() { figures_ = Figures(); }
    // Why a connection failed or was refused, the last time that one was; empty: never.
    [[nodiscard]] const std::string& last_failure() const { return last_failure_; }

  private:
    struct Device {
        Device(Identity identity, const Manner& manner, Figures& figures)
            : session(std::move(identity), manner, figures) {}

        Session session;
        TlsTicket ticket;
        std::unique_ptr<Link> link;  // null: not connected, and not on its way
        unsigned failures = 0;       // in a row
        std::uint32_t watched = 0;   // the events that epoll looks for
        bool counted_connected = false;
        bool counted_ready = false;
    };

    Fleet(Settings settings, std::optional<Tls> tls, const base::Clock& clock, int epoll);

    void begin_those_whose_turn_it_is();
    void begin(std::size_t index);
    void serve(std::size_t index);
    [[nodiscard]] base::Result<void> advance(Device& device);
    [[nodiscard]] base::Result<void> exchange(Device& device);
    [[nodiscard]] base::Result<void> flush(Device& device);
    void count(Device& device);
    void watch(std::size_t index);
    void end(std::size_t index, std::chrono::milliseconds pause);
    void fail(std::size_t index, const base::Error& error);

    Settings settings_;
    std::optional<Tls> tls_;
    const base::Clock& clock_;
    int epoll_;
    std::mt19937_64 random_;
    Figures figures_;
    std::deque<Device> devices_;       // never moved: TLS keeps the address of a ticket
    std::deque<std::size_t> waiting_;  // for a handshake; each device once at the most
    Schedule schedule_;
    std::size_t handshakes_ = 0;
    std::size_t connected_ = 0;
    std::size_t ready_ = 0;
    bool leaving_ = false;
    std::string last_failure_;
    std::array<char, std::size_t{16} * 1024> buffer_{};
};

}  // namespace fleet
