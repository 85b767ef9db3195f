#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/bounded_log.hpp"
#include "firmware/reported.hpp"
#include "firmware/twin.hpp"
#include "protocol/topics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace firmware {

// Keeps Twin and Reported equal to what the hub has, over one connection after the other: fetches the whole
// twin when a connection stands and when a desired version is missing, sends one report at a time until it is
// acknowledged, and notices when twin requests are no longer answered. Pure but for its seams.
//
// MQTT's own ping proves the broker's end of the wire and no more. So when nothing has come back from the
// twin for the liveness interval, the twin is fetched once more; an answer also makes good what went missing.
class TwinSync {
  public:
    struct Seams {
        // At QoS 0. The failure of a publish is followed by the end of the connection.
        std::function<base::Result<void>(const std::string& topic, const std::string& payload)> publish;
        // The whole twin is here for the first time on this connection.
        std::function<void()> synchronised;
        // The connection serves nothing; disconnected() follows, now or later.
        std::function<void(const std::string& reason)> dead;
        // next_due() may have changed.
        std::function<void()> changed;
    };

    TwinSync(Twin& twin, Reported& reported, std::chrono::seconds liveness, const base::Clock& clock,
             const base::Log& log, Seams seams);
    TwinSync(const TwinSync&) = delete;
    TwinSync& operator=(const TwinSync&) = delete;

    void connected();
    void disconnected();

    // Something in Reported may have changed.
    void report();
    // A report is waited for, and another one is to follow it.
    [[nodiscard]] bool more_to_say() const { return !patch_rid_.empty() && reported_.more_to_say(); }
    void response(const protocol::TwinResponse& response, const std::string& payload);
    void desired(const protocol::DesiredPatch& patch, const std::string& payload);
    // The same with a payload of so many bytes, which nobody has taken.
    void oversized_response(const protocol::TwinResponse& response, std::size_t bytes);
    void oversized_desired(const protocol::DesiredPatch& patch, std::size_t bytes);

    void tick();
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;

  private:
    enum class Stage { away, fetching, online };

    void fetch();
    void fetched(const protocol::TwinResponse& response, const std::string& payload);
    void not_fetched(const protocol::TwinResponse& response, const std::string& reason);
    void patched(const protocol::TwinResponse& response, const std::string& payload);
    void missed(std::int64_t version);
    [[nodiscard]] std::chrono::seconds reply_time() const;
    [[nodiscard]] std::string next_rid() { return std::to_string(++rid_); }

    Twin& twin_;
    Reported& reported_;
    std::chrono::seconds liveness_;
    const base::Clock& clock_;
    const base::Log& log_;
    BoundedLog ignored_;
    BoundedLog gaps_;
    Seams seams_;

    Stage stage_ = Stage::away;
    std::uint64_t rid_ = 0;
    std::string get_rid_;  // empty: no request for the twin under way
    std::optional<base::SteadyTime> get_due_;
    bool missing_ = false;                       // what is being fetched is needed, not only a sign of life
    bool once_more_ = false;                     // more has gone missing since it was asked for
    std::string patch_rid_;                      // empty: no report under way
    std::optional<base::SteadyTime> patch_due_;  // of its answer, or of the next try
    base::SteadyTime proved_;                    // the twin was last heard of
};

}  // namespace firmware
