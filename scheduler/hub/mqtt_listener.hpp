#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/http/tls.hpp"
#include "scheduler/hub/handshake_pool.hpp"
#include "scheduler/hub/tls_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hub {

class MqttConnection;

// The port for devices: takes connections as long as there is room, and sees them through their arrival: the
// TLS handshake, and the CONNECT by which they say who they are. Those that are arriving are bounded; what is
// beyond waits in the kernel's queue, and a peer that keeps a place without doing anything loses it.
class MqttListener {
  public:
    struct Limits {
        std::size_t arrivals = 1024;              // under way at the same time
        std::chrono::seconds handshake{20};       // for one; MqttSession::Limits has the time for the CONNECT
        std::chrono::seconds arrival_pressed{5};  // for both, when others wait for its place
    };
    // What the owner does with them.
    struct Owner {
        std::function<bool()> has_room;
        std::function<void(TlsSocket, std::string peer)> begin;
    };

    // Listens, or says why not (Errc::busy: the port is in use; permission_denied: a port below 1024).
    // Everything that is passed by reference outlives the listener.
    [[nodiscard]] static base::Result<std::unique_ptr<MqttListener>> listen(
        boost::asio::io_context& loop, http::TlsContext tls, const std::string& address, std::uint16_t port,
        const Limits& limits, Owner owner, const base::Clock& clock, const base::Log& log);
    ~MqttListener();
    MqttListener(const MqttListener&) = delete;
    MqttListener& operator=(const MqttListener&) = delete;

    // Takes no more, and no handshake goes on.
    void stop();
    // There may be room again.
    void wake() { wait_to_accept(); }

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] const Limits& limits() const { return limits_; }
    [[nodiscard]] HandshakePool& pool() { return pool_; }

    // A connection begins its arrival: its number, by which it says that it has ended, one way or the other.
    [[nodiscard]] std::uint64_t arrival_began(MqttConnection& connection);
    void arrival_ended(std::uint64_t number);

  private:
    using Tcp = boost::asio::ip::tcp;

    MqttListener(boost::asio::io_context& loop, http::TlsContext tls, Tcp::acceptor acceptor,
                 const Limits& limits, Owner owner, const base::Clock& clock, const base::Log& log);
    void wait_to_accept();
    void accept_waiting();
    void pause(bool crowded);
    [[nodiscard]] bool make_place();
    void begin(Tcp::socket socket);

    http::TlsContext tls_;
    Tcp::acceptor acceptor_;
    Limits limits_;
    Owner owner_;
    const base::Clock& clock_;
    const base::Log& log_;
    HandshakePool pool_;
    std::map<std::uint64_t, MqttConnection*> arriving_;  // the oldest first
    std::uint64_t last_number_ = 0;
    boost::asio::steady_timer pause_;
    bool accepting_ = false;  // a wait is pending
    bool crowded_ = false;    // … for a place
};

}  // namespace hub
