#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "protocol/mqtt_codec.hpp"
#include "scheduler/fleet/dialect.hpp"
#include "scheduler/fleet/door.hpp"
#include "scheduler/fleet/figures.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace fleet {

struct Identity {
    std::string id;
    std::string key;  // base64
    Temper temper = Temper::willing;
};

// How all devices of a fleet behave.
struct Manner {
    std::string host;  // as usernames and tokens have it, without a port
    Dialect dialect{Dialect::Peer::iot_hub};
    std::chrono::milliseconds delay{0};  // between a call and its answer
    bool reports_changes = true;         // of the lock, as they happen
    std::chrono::seconds keep_alive{240};
    std::chrono::milliseconds patience{60000};  // for each answer of the hub
    std::chrono::seconds token_life{3600};      // a connection is renewed at 85 % of it
};

// One device's side of MQTT, pure: bytes and time in, bytes out. CONNECT with a persistent session and a
// token, the three subscriptions, the twin, a first report; then methods, desired patches and pings. An error
// means that the connection is of no more use.
class Session {
  public:
    enum class Stage { offline, connecting, subscribing, fetching, reporting, ready };

    static constexpr std::size_t most_unsent = std::size_t{256} * 1024;  // bytes
    static constexpr std::size_t most_pending = 32;                      // answers that wait for their delay

    Session(Identity identity, const Manner& manner, Figures& figures);

    // A connection is there.
    [[nodiscard]] base::Result<void> open(base::SteadyTime now, base::SystemTime date);
    [[nodiscard]] base::Result<void> take(std::string_view bytes, base::SteadyTime now,
                                          base::SystemTime date);
    // What time demands. To be called at due(), and does no harm at any other time.
    [[nodiscard]] base::Result<void> tick(base::SteadyTime now);
    [[nodiscard]] std::optional<base::SteadyTime> due() const;
    // Says goodbye; the connection is to be closed once that is sent.
    void leave();
    // The connection is gone. The door remembers its state.
    void lost();

    [[nodiscard]] Stage stage() const { return stage_; }
    [[nodiscard]] bool connected() const { return stage_ >= Stage::subscribing; }
    // The device wants to go and come again: it was rebooted, or its token is nearly over.
    [[nodiscard]] bool wants_to_leave() const { return wants_to_leave_; }
    // The hub has said no to the CONNECT of this connection.
    [[nodiscard]] bool refused() const { return refused_; }
    [[nodiscard]] const std::string& id() const { return identity_.id; }

    // Bytes to be sent, and how many of them were.
    [[nodiscard]] std::string_view unsent() const { return out_; }
    void sent(std::size_t bytes);

  private:
    struct Pending {
        base::SteadyTime due;
        std::string topic;
        Answer answer;
    };

    [[nodiscard]] base::Result<void> handle(const protocol::Packet& packet, base::SteadyTime now,
                                            base::SystemTime date);
    [[nodiscard]] base::Result<void> accepted(const protocol::Connack& connack);
    [[nodiscard]] base::Result<void> subscribed(const protocol::Suback& suback);
    [[nodiscard]] base::Result<void> published(const protocol::Publish& publish, base::SteadyTime now,
                                               base::SystemTime date);
    void called(std::string_view method, std::string_view rid, std::string_view payload, base::SteadyTime now,
                base::SystemTime date);
    void answer(const std::string& topic, const Answer& answer);
    void twin_answered(int status, std::string_view rid, std::string_view payload);
    void report(const std::string& members);
    [[nodiscard]] std::string acknowledge(std::string_view desired, std::string_view version) const;
    void publish(std::string_view topic, std::string_view payload);
    [[nodiscard]] std::string next_rid() { return std::to_string(++rid_); }

    Identity identity_;
    const Manner& manner_;
    Figures& figures_;
    Door door_;
    std::optional<protocol::Decoder> decoder_;
    std::string out_;
    Stage stage_ = Stage::offline;
    bool wants_to_leave_ = false;
    bool refused_ = false;
    std::uint32_t rid_ = 0;
    std::uint32_t first_report_ = 0;  // its request id
    std::deque<Pending> pending_;     // the earliest first: the delay is the same for all
    base::SteadyTime began_;
    base::SteadyTime sent_at_;
    std::optional<base::SteadyTime> waiting_since_;  // for the hub to answer
    base::SteadyTime renew_at_;
    base::SteadyTime now_;  // of the call that is under way
};

}  // namespace fleet
