#pragma once

#include "base/result.hpp"

#include <array>
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
struct Rollout {
    struct Wave {
        std::uint64_t devices = 0;  // or, if that is 0,
        std::uint64_t percent = 0;  // of all devices, rounded up
    };

    double rate = 0;              // 0: as fast as it goes
    std::uint64_t in_flight = 0;  // 0: no bound of its own
    std::optional<std::uint64_t> abort_count;
    std::optional<std::uint64_t> abort_percent;
    std::vector<Wave> waves;

    // How many failures stop a job on so many devices; nothing if none do.
    [[nodiscard]] std::optional<std::uint64_t> abort_at(std::uint64_t device_count) const;
    // How many of so many devices may have been begun when this many are final.
    [[nodiscard]] std::uint64_t may_begin(std::uint64_t device_count, std::uint64_t final_count) const;
};

inline constexpr std::array<std::string_view, 4> rollout_members{"rate", "inFlight", "abort", "waves"};
inline constexpr std::size_t max_waves = 20;

// An object of such members; empty text is none. Other members are ignored. Errors name the member.
[[nodiscard]] base::Result<Rollout> parse_rollout(std::string_view text);

}  // namespace jobs
