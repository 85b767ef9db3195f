#include "scheduler/hub/mqtt_web_socket.hpp"

#include "scheduler/http/web_socket.hpp"
#include "scheduler/hub/mqtt_endpoint.hpp"

#include <algorithm>
#include <utility>

namespace hub {

MqttWebSocket::MqttWebSocket(MqttEndpoint& endpoint, std::shared_ptr<http::WebSocket> socket)
    : endpoint_(endpoint),
      socket_(std::move(socket)),
      session_(endpoint.services(), *this, socket_->peer()) {}

MqttWebSocket::~MqttWebSocket() = default;

void MqttWebSocket::start() {
    plan_look();
    read();
}

void MqttWebSocket::read() {
    if (reading_ || closed_ || !session_.wants_input()) {
        return;
    }
    reading_ = true;
    socket_->read([self = shared_from_this()](const base::Result<std::string_view>& bytes) {
        self->reading_ = false;
        if (self->closed_) {
            return;
        }
        if (!bytes) {
            self->lost(bytes.error().message);
            return;
        }
        self->session_.receive(*bytes);
        self->plan_look();
        self->read();
    });
}

void MqttWebSocket::flush() {
    flush_planned_ = false;
    if (!closed_ && leaving_.empty()) {
        write();
    }
}

void MqttWebSocket::write() {
    if (session_.output().empty()) {
        written();
        return;
    }
    leaving_.swap(session_.output());
    began_ = endpoint_.now();
    plan_look();
    socket_->write(leaving_, [self = shared_from_this()](bool sent) {
        if (self->closed_) {
            return;
        }
        if (!sent) {
            self->lost("the connection broke");
            return;
        }
        std::string().swap(self->leaving_);
        self->write();
    });
}

// Everything that was said has left.
void MqttWebSocket::written() {
    session_.output_left();
    if (session_.ended() && session_.output().empty()) {
        close();
    } else {
        read();
    }
}

void MqttWebSocket::output_ready() {
    if (!flush_planned_ && !closed_) {
        flush_planned_ = true;
        endpoint_.wants_flush(shared_from_this());
    }
}

void MqttWebSocket::look(base::SteadyTime now) {
    if (closed_) {
        return;
    }
    if (!leaving_.empty() && now >= began_ + endpoint_.limits().write) {
        lost("the device takes nothing");
        return;
    }
    session_.look();
    plan_look();
}

void MqttWebSocket::plan_look() {
    if (closed_) {
        return;
    }
    base::SteadyTime due = session_.next_due();
    if (!leaving_.empty()) {
        due = std::min(due, began_ + endpoint_.limits().write);
    }
    endpoint_.look_at(*this, due);
}

void MqttWebSocket::stop() {
    if (closed_) {
        return;
    }
    session_.stop();
    if (leaving_.empty() && !session_.output().empty()) {
        leaving_.swap(session_.output());
        socket_->write(leaving_,
                       [self = shared_from_this()](bool) {});  // keeps the bytes until they have left
    }
    close();
}

void MqttWebSocket::lost(std::string_view reason) {
    session_.lost(reason);
    close();
}

void MqttWebSocket::close() {
    closed_ = true;
    socket_->close();
    endpoint_.gone(*this);
}

}  // namespace hub
