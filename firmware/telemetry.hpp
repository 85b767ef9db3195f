#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/event.hpp"
#include "firmware/telemetry_log.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace firmware {

// Where lines of telemetry become durable, one call at a time: the storage thread; in tests a fake.
class TelemetryStore {
  public:
    using Done = std::function<void(base::Result<void>)>;

    virtual ~TelemetryStore() = default;
    // As TelemetryFile has it. `done` is called later on the caller's thread, never from inside.
    virtual void append(std::string lines, Done done) = 0;
    virtual void replace(std::string lines, Done done) = 0;

  protected:
    TelemetryStore() = default;
    TelemetryStore(const TelemetryStore&) = default;
    TelemetryStore& operator=(const TelemetryStore&) = default;
};

struct TelemetryLimits {
    std::size_t events = 1000;
    std::size_t bytes = std::size_t{256} * 1024;  // of all bodies together
};

// The events on their way to the hub. Each gets a number, is made durable, is sent in order at QoS 1, and is
// forgotten when the hub has it; after a loss or a restart, what was not acknowledged is sent again with the
// same number. So every event arrives at least once, in order of its first arrival, or is counted as dropped:
// when there are too many the oldest goes. Belongs to the loop thread; pure but for its seams.
//
// The card is spared: events that come within a second are one write (so an event is durable about a second
// after it happened, the first one after a quiet second at once), and what has been delivered is noted with
// the next event or half a minute later. A power cut in between has the hub get an event again.
class Telemetry {
  public:
    // Sends at QoS 1; delivered(number) follows. An error: not now.
    using Send = std::function<base::Result<void>(const std::string& topic, const std::string& body,
                                                  std::uint64_t number)>;

    // `id` names this sequence of numbers if `content` has none. The store's file is what `content` was read
    // from.
    Telemetry(TelemetryContent content, std::string id, std::string device, TelemetryLimits limits,
              TelemetryStore& store, const base::Clock& clock, const base::Log& log,
              std::function<void()> changed);
    Telemetry(const Telemetry&) = delete;
    Telemetry& operator=(const Telemetry&) = delete;

    void add(const Event& event);

    // The link stands, and is gone.
    void connected(Send send);
    void disconnected();
    void delivered(std::uint64_t number);
    // The hub has left a message unacknowledged for too long.
    [[nodiscard]] bool stalled() const;

    void tick();
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    // The end is near: from now on everything is written at once.
    void hurry();
    // The disk has, or refuses, what there is to write.
    [[nodiscard]] bool idle() const { return !writing_ && (!write_due_ || failing_); }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    // Events that will never arrive, of all that ever were.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    static constexpr std::size_t window = 8;  // sent and not yet acknowledged, at most
    static constexpr std::size_t longest_body = 4096;

  private:
    struct Waiting {
        std::uint64_t number = 0;
        std::string body;
        base::SteadyTime added;
        bool durable = false;
        bool delivered = false;
        std::optional<base::SteadyTime> sent;
    };

    [[nodiscard]] std::string make_body(const Event& event, std::uint64_t number) const;
    [[nodiscard]] std::string topic_of(const Waiting& event) const;
    void forget_front();
    void make_room(std::size_t bytes);
    void send();
    void plan_write();
    void write();
    void written(std::uint64_t up_to, std::size_t bytes, bool anew, const base::Result<void>& outcome);
    [[nodiscard]] std::string whole_file() const;

    std::string id_;
    std::string device_;
    TelemetryLimits limits_;
    TelemetryStore& store_;
    const base::Clock& clock_;
    const base::Log& log_;
    std::function<void()> changed_;
    Send send_;

    std::deque<Waiting> waiting_;
    std::size_t bytes_ = 0;  // of the bodies of waiting_
    std::uint64_t next_ = 1;
    std::uint64_t dropped_ = 0;
    std::size_t in_flight_ = 0;  // the first so many of waiting_
    std::optional<base::SteadyTime> send_again_;

    // What the file says, or will when the present write has ended.
    std::uint64_t on_disk_ = 0;  // events up to this number are in the file
    std::uint64_t gone_on_disk_ = 0;
    std::size_t file_bytes_ = 0;
    bool anew_ = false;  // the file is to be replaced, not added to
    bool writing_ = false;
    bool failing_ = false;  // the last write failed
    bool hurry_ = false;
    std::optional<base::SteadyTime> write_due_;
    base::SteadyTime next_write_;  // not before
};

}  // namespace firmware
