#include "base/duration.hpp"
#include "fuzz.hpp"

#include <chrono>

// What people write as a time: what is read is in bounds, and its shortest form is read back as the same.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using std::chrono::hours;
    using std::chrono::milliseconds;
    const auto time = base::parse_duration(text_of(data, size));
    if (!time) {
        must(!time.error().message.empty() && time.error().message.size() < 200);
        return 0;
    }
    must(*time >= milliseconds(0) && *time <= hours(24 * 366));
    const auto again = base::parse_duration(base::format_duration(*time));
    must(again.has_value() && *again == *time);
    const auto bounded = base::parse_duration(text_of(data, size), hours(1));
    must(bounded.has_value() == (*time <= hours(1)));
    return 0;
}
