#pragma once

#include <cstdint>

namespace firmware {

// Whether a fire alarm is latched, as it is kept in two places: the state file, and a mark that even a full
// disk takes. Each change has the next number.
struct FireMark {
    std::uint64_t change = 0;
    bool latched = false;

    bool operator==(const FireMark&) const = default;
};

// What is true when the two places differ. With the same number neither is known to be later: then a latch
// stands, for it is ended at the door alone.
[[nodiscard]] constexpr FireMark newer(const FireMark& a, const FireMark& b) {
    if (a.change != b.change) return a.change > b.change ? a : b;
    return {a.change, a.latched || b.latched};
}

}  // namespace firmware
