#pragma once

#include "base/result.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace jobs {

// How a job goes about its devices: members of the PUT body beyond IoT Hub's, which its clients never send
// and never see. All are optional.
//
//   "rate": 10                    devices begun per second
//   "inFlight": 5                 calls of this job under way at once
//   "abort": {"failedCount": 3, "failedPercent": 20}
//                                 stop when so many devices, or so many percent of all, have failed; either
//                                 or both. A device has failed when its row has, or when it answered 400 or
//                                 above.
//   "waves": [1, "10%"]           first one device, then ten percent of all, then the rest; each wave begins
//                                 when every row of those before is final. Without "abort", the first failure
//                                 aborts.
//   "retry": {"count": 3, "backoff": 10, "causes": ["refused", "timeout"]}
//                                 call a device again that refused for now (it answered 409, 429 or 503: it
//                                 has not acted), or that did not answer in time: that only with a commandId,
//                                 which makes the repeat harmless. So many further calls; the first after
//                                 `backoff` seconds (5 if absent), each after twice the time of the one
//                                 before, ten minutes at most. Without "causes", every cause that the payload
//                                 allows. A device has failed when its last call has. After a restart of the
//                                 hub the next call is made at once.
struct Rollout {
    struct Wave {
        std::uint64_t devices = 0;  // or, if that is 0,
        std::uint64_t percent = 0;  // of all devices, rounded up
    };
    struct Retry {
        std::uint32_t count = 0;  // calls of one row beyond the first
        std::chrono::seconds backoff{5};
        bool refused = true;
        std::optional<bool> timeout;  // nothing: if the call may be repeated

        // Before the call after this many.
        [[nodiscard]] std::chrono::seconds pause(std::uint32_t calls) const;
    };

    double rate = 0;              // 0: as fast as it goes
    std::uint64_t in_flight = 0;  // 0: no bound of its own
    std::optional<std::uint64_t> abort_count;
    std::optional<std::uint64_t> abort_percent;
    std::vector<Wave> waves;
    std::optional<Retry> retry;

    // How many failures stop a job on so many devices; nothing if none do.
    [[nodiscard]] std::optional<std::uint64_t> abort_at(std::uint64_t device_count) const;
    // How many of so many devices may have been begun when this many are final.
    [[nodiscard]] std::uint64_t may_begin(std::uint64_t device_count, std::uint64_t final_count) const;
};

inline constexpr std::array<std::string_view, 5> rollout_members{"rate", "inFlight", "abort", "waves",
                                                                 "retry"};
inline constexpr std::size_t max_waves = 20;
inline constexpr std::int64_t max_retries = 20;
inline constexpr std::chrono::seconds max_backoff = std::chrono::minutes(10);

// An object of such members; empty text is none. Other members are ignored. Errors name the member.
[[nodiscard]] base::Result<Rollout> parse_rollout(std::string_view text);

}  // namespace jobs
