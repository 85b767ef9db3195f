#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace http {

// The body of a response that is written as it comes, without a known end: server-sent events. A handler
// makes one, puts it into its Response, and writes while closed() says no. All on the loop.
class StreamBody {
  public:
    StreamBody() = default;
    StreamBody(const StreamBody&) = delete;
    StreamBody& operator=(const StreamBody&) = delete;

    // ---- for the handler ----

    // Bounding what a slow reader leaves here is the writer's business: waiting() says how much it is.
    void write(std::string_view bytes);
    // What waits leaves, then the connection closes.
    void finish();
    [[nodiscard]] std::size_t waiting() const { return waiting_.size() + leaving_; }
    // The peer has gone, or the server closes: nothing that is written arrives any more.
    [[nodiscard]] bool closed() const { return closed_; }
    // `drained` is called whenever all that waited has left, `gone` once, when closed() turns true. Both may
    // write, and may drop the body.
    void on_drained(std::function<void()> drained) { drained_ = std::move(drained); }
    void on_closed(std::function<void()> gone) { gone_ = std::move(gone); }

    // ---- for the server ----

    // `ready` is called when there is something to take, or the end.
    void open(std::function<void()> ready);
    // What waits; left() is called when that has left.
    [[nodiscard]] std::string take();
    void left();
    [[nodiscard]] bool finished() const { return finished_ && waiting_.empty(); }
    void close();

  private:
    std::string waiting_;
    std::size_t leaving_ = 0;
    bool finished_ = false;
    bool closed_ = false;
    std::function<void()> ready_;
    std::function<void()> drained_;
    std::function<void()> gone_;
};

}  // namespace http
