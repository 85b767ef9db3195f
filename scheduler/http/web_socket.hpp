#pragma once

#include "base/result.hpp"
#include "scheduler/http/message.hpp"

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

// The server's end of one WebSocket (RFC 6455) that carries bytes in binary messages. How they are cut into
// messages and frames means nothing: what is read comes as it arrives. At most one read and one write at a
// time; `done` is never called after close().
class WebSocket : public std::enable_shared_from_this<WebSocket> {
  public:
    using Stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
    using Upgrade = boost::beast::http::request<boost::beast::http::string_body>;

    static constexpr std::size_t most_message = std::size_t{1024} * 1024;  // all its frames together
    static constexpr std::chrono::seconds handshake{10};                   // of opening, and of closing

    WebSocket(Stream stream, std::string peer);

    // Answers the request that asked for it; `opened` is called when the answer has left, and not at all when
    // it could not leave.
    void accept(const Upgrade& request, const std::string& sub_protocol,
                std::function<void(std::shared_ptr<WebSocket>)> opened);

    // At least one byte, valid during the call; or why no more come: Errc::unavailable, the peer is gone;
    // too_large, a message over most_message; invalid_argument, a message that is text, or a breach of the
    // protocol.
    void read(std::function<void(const base::Result<std::string_view>&)> done);
    // One message. The bytes stay where they are until `done`.
    void write(std::string_view bytes, std::function<void(bool sent)> done);
    // Tells the peer that nothing more comes, waits a little for its answer, and lets go.
    void close();

    [[nodiscard]] const std::string& peer() const { return peer_; }

  private:
    boost::beast::websocket::stream<Stream, false> socket_;  // without compression
    std::string peer_;
    std::array<char, 4096> input_{};
    boost::beast::websocket::close_code reason_ = boost::beast::websocket::close_code::normal;
    bool closed_ = false;
};

// Where a server takes WebSockets.
struct WebSocketRoute {
    std::vector<std::string> paths;  // in every spelling, percent-encoded as on the wire
    std::string sub_protocol;
    std::function<bool()> has_room;  // otherwise 503
    std::function<void(std::shared_ptr<WebSocket>)> opened;

    // What is to be answered to a request that does not ask for such a WebSocket; nothing if it does.
    [[nodiscard]] std::optional<Response> refusal(const WebSocket::Upgrade& request,
                                                  const Wording& wording = error_response) const;

    [[nodiscard]] bool is_at(std::string_view path) const {
        return std::find(paths.begin(), paths.end(), path) != paths.end();
    }
};

}  // namespace http
