#include "scheduler/hub/mqtt_connection.hpp"

#include "scheduler/hub/mqtt_endpoint.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace hub {

namespace {

// Read at most this much of one connection before the others have their turn.
constexpr std::size_t read_share = std::size_t{64} * 1024;

}  // namespace

MqttConnection::MqttConnection(MqttEndpoint& endpoint, TlsSocket socket, const std::string& peer)
    : endpoint_(endpoint),
      socket_(std::move(socket)),
      session_(endpoint.services(), *this, peer),
      began_(endpoint.now()),
      last_progress_(began_) {}

MqttConnection::~MqttConnection() = default;

void MqttConnection::start() {
    arrival_ = endpoint_.listener().arrival_began(*this);
    plan_look();
    shake_hands();
}

void MqttConnection::shake_hands() {
    struct Step {
        TlsSocket::Io outcome = TlsSocket::Io::failed;
        std::optional<ClientCertificate> certificate;
    };
    computing_ = true;
    const auto step = std::make_shared<Step>();
    endpoint_.listener().pool().run(
        [this, step, authorities = endpoint_.trust().now(), now = endpoint_.services().clock.system_now()] {
            step->outcome = socket_.handshake();
            if (step->outcome == TlsSocket::Io::done) {
                step->certificate = socket_.client_certificate(*authorities, now);
            }
        },
        [self = shared_from_this(), step] {
            self->computing_ = false;
            if (self->closed_) {
                self->socket_.close();
                return;
            }
            if (step->certificate) {
                self->session_.shown(std::move(*step->certificate));
            }
            self->shaken(step->outcome);
        });
}

void MqttConnection::shaken(TlsSocket::Io outcome) {
    switch (outcome) {
        case TlsSocket::Io::done:
            established();
            return;
        case TlsSocket::Io::want_read:
            wait_to_read(&MqttConnection::shake_hands);
            return;
        case TlsSocket::Io::want_write:
            wait_to_write(&MqttConnection::shake_hands);
            return;
        case TlsSocket::Io::ended:
        case TlsSocket::Io::failed:
            lost("the TLS handshake failed");
            return;
    }
}

void MqttConnection::established() {
    established_ = true;
    plan_look();
    read();
}

// Who has shaken hands and says nothing is a stranger still.
void MqttConnection::tell_arrival() {
    if (arrival_ != 0 && session_.introduced()) {
        endpoint_.listener().arrival_ended(std::exchange(arrival_, 0));
    }
}

void MqttConnection::give_up_arrival() {
    lost(established_ ? "no CONNECT in time, and others wait" : "no TLS handshake in time, and others wait");
}

void MqttConnection::read() {
    std::size_t share = read_share;
    const std::span<char> scratch = endpoint_.scratch();
    while (!closed_ && session_.wants_input()) {
        if (share == 0) {
            yield();
            return;
        }
        const TlsSocket::Transfer transfer = socket_.read(scratch.first(std::min(share, scratch.size())));
        switch (transfer.state) {
            case TlsSocket::Io::done:
                share -= transfer.bytes;
                session_.receive(std::string_view(scratch.data(), transfer.bytes));
                tell_arrival();
                plan_look();
                break;
            case TlsSocket::Io::want_read:
                wait_to_read(&MqttConnection::read);
                return;
            case TlsSocket::Io::want_write:  // an answer of TLS itself; when it has left, reading goes on
                wait_to_write(&MqttConnection::write);
                return;
            case TlsSocket::Io::ended:
                lost("the device closed the connection");
                return;
            case TlsSocket::Io::failed:
                lost("the connection broke");
                return;
        }
    }
}

void MqttConnection::yield() {
    // OpenSSL may hold decrypted bytes that make no socket readable: so no wait, but a place further back in
    // the queue.
    reading_ = true;
    boost::asio::post(socket_.socket().get_executor(), [self = shared_from_this()] {
        self->reading_ = false;
        if (!self->closed_) {
            self->read();
        }
    });
}

void MqttConnection::flush() {
    flush_planned_ = false;
    if (!closed_ && !writing_) {
        write();
    }
}

void MqttConnection::write() {
    std::string& output = session_.output();
    std::size_t written = 0;
    while (written < output.size()) {
        const TlsSocket::Transfer transfer = socket_.write(std::string_view(output).substr(written));
        if (transfer.state == TlsSocket::Io::done) {
            written += transfer.bytes;
        } else if (transfer.state == TlsSocket::Io::want_write) {
            if (written > 0 || !stalled_) {
                last_progress_ = endpoint_.now();
            }
            output.erase(0, written);
            stalled_ = true;
            wait_to_write(&MqttConnection::write);
            plan_look();
            return;
        } else {
            lost("the connection broke");
            return;
        }
    }
    stalled_ = false;
    std::string().swap(output);  // most connections are idle most of the time; they need no buffer then
    session_.output_left();
    if (session_.ended() && session_.output().empty()) {
        close();
    } else if (!reading_) {
        read();
    }
}

void MqttConnection::output_ready() {
    if (!flush_planned_ && !closed_) {
        flush_planned_ = true;
        endpoint_.wants_flush(shared_from_this());
    }
}

void MqttConnection::look(base::SteadyTime now) {
    if (closed_) {
        return;
    }
    if (!established_ && now >= began_ + endpoint_.listener().limits().handshake) {
        lost("no TLS handshake in time");
        return;
    }
    if (stalled_ && now >= last_progress_ + endpoint_.limits().write) {
        lost("the device takes nothing");
        return;
    }
    session_.look();
    plan_look();
}

void MqttConnection::plan_look() {
    if (closed_) {
        return;
    }
    base::SteadyTime due =
        established_ ? session_.next_due() : began_ + endpoint_.listener().limits().handshake;
    if (stalled_) {
        due = std::min(due, last_progress_ + endpoint_.limits().write);
    }
    endpoint_.look_at(*this, due);
}

void MqttConnection::stop() {
    if (closed_) {
        return;
    }
    session_.stop();
    if (established_ && !writing_ && !session_.output().empty()) {
        (void)socket_.write(session_.output());  // as much as goes at once; the hub waits for nobody
    }
    close();
}

void MqttConnection::lost(std::string_view reason) {
    session_.lost(reason);
    close();
}

void MqttConnection::close() {
    closed_ = true;
    if (!computing_) {
        socket_.close();
    }
    endpoint_.listener().arrival_ended(arrival_);
    endpoint_.gone(*this);
}

void MqttConnection::wait_to_read(void (MqttConnection::*then)()) {
    reading_ = true;
    socket_.socket().async_wait(boost::asio::ip::tcp::socket::wait_read,
                                [self = shared_from_this(), then](const boost::system::error_code& error) {
                                    self->reading_ = false;
                                    if (!error && !self->closed_) {
                                        (self.get()->*then)();
                                    }
                                });
}

void MqttConnection::wait_to_write(void (MqttConnection::*then)()) {
    writing_ = true;
    socket_.socket().async_wait(boost::asio::ip::tcp::socket::wait_write,
                                [self = shared_from_this(), then](const boost::system::error_code& error) {
                                    self->writing_ = false;
                                    if (!error && !self->closed_) {
                                        (self.get()->*then)();
                                    }
                                });
}

}  // namespace hub
