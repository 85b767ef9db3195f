#pragma once

#include "scheduler/fleet/histogram.hpp"

#include <cstdint>

namespace fleet {

// What a fleet has seen since it began, or since the figures were last set to zero.
struct Figures {
    std::uint64_t attempts = 0;    // connections that were begun
    std::uint64_t failures = 0;    // that failed before CONNACK: no TCP, no TLS, no answer; not the refused
    std::uint64_t refused = 0;     // CONNECTs that the hub refused
    std::uint64_t connects = 0;    // CONNECTs that it accepted
    std::uint64_t resumed = 0;     // of the TLS handshakes: by ticket
    std::uint64_t drops = 0;       // connections that ended after CONNACK without our doing
    std::uint64_t calls = 0;       // direct methods that came
    std::uint64_t answers = 0;     // that were answered, whatever the status
    std::uint64_t refusals = 0;    // of the answers: 400 and above
    std::uint64_t unanswered = 0;  // calls that were left so: the door is silent, or had too many
    std::uint64_t actuations = 0;  // bolts that moved or held anew; a repeated commandId moves none
    std::uint64_t desired = 0;     // desired patches that came
    std::uint64_t reports = 0;     // reported patches that were sent
    std::uint64_t failed_reports = 0;  // that the hub answered with 400 or above
    Histogram connect;                 // from the first SYN to CONNACK
    Histogram ready;                   // from the first SYN to the answer to the first report
};

}  // namespace fleet
