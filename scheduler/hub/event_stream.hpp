#pragma once

#include "base/clock.hpp"
#include "scheduler/http/stream_body.hpp"
#include "scheduler/hub/events.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// What a listener wants to hear of.
struct EventFilter {
    std::array<bool, event_kind_count> kinds{true, true, true, true, true, true};
    std::string device_id;  // empty: all
    [[nodiscard]] bool passes(const Event& event) const;
};

// The server-sent events (WHATWG HTML §9.2) of the hub's listeners. Each begins with what the log holds
// behind the event that it saw last, read as fast as it takes it, and goes on with what happens. A listener
// that is slower than that is told so in a last event and closed; it comes again with the number of the last
// event that it saw, and the log holds the rest.
class EventStreams {
  public:
    struct Limits {
        std::size_t streams = 64;
        std::size_t waiting = std::size_t{1024} * 1024;  // bytes for a slow reader; more ends its stream
        std::size_t page = 500;                          // events of the log that one turn reads for it
        std::chrono::seconds heartbeat{15};              // a comment, so that dead listeners are found
    };
    struct Request {
        EventFilter filter;
        std::optional<std::int64_t> after;      // Last-Event-ID; without it only what happens from now on
        std::optional<base::SystemTime> until;  // when the caller's token ends
        std::string policy = {};                // which signed it
        bool follow = true;                     // go on with what happens; else end behind the log
    };

    EventStreams(Database& database, EventLog& log, Events& events, const base::Clock& clock, Limits limits);
    ~EventStreams();
    EventStreams(const EventStreams&) = delete;
    EventStreams& operator=(const EventStreams&) = delete;

    [[nodiscard]] bool has_room() const { return streams_.size() < limits_.streams; }
    [[nodiscard]] std::size_t size() const { return streams_.size(); }
    // The body to answer with. To be called while has_room().
    [[nodiscard]] std::shared_ptr<http::StreamBody> open(Request request);
    // Its streams end: whoever was let in by it has to show a token again.
    void policy_changed(std::string_view policy);

    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    void tick();

  private:
    struct Stream;

    void catch_up(const std::shared_ptr<Stream>& stream);
    void plan_to_catch_up(const std::shared_ptr<Stream>& stream);
    void hear(const Event& event);
    void send(Stream& stream, const Event& event) const;
    void end(Stream& stream, std::string_view kind, std::string_view why) const;
    void forget_ended();

    Database& database_;
    EventLog& log_;
    Events& events_;
    const base::Clock& clock_;
    Limits limits_;
    std::vector<std::shared_ptr<Stream>> streams_;
    base::SteadyTime due_;
};

}  // namespace hub
