#include "firmware/state_file.hpp"
#include "firmware/telemetry_log.hpp"
#include "fuzz.hpp"

#include <algorithm>
#include <string>

// What a disk makes of the file in which events wait: whatever it holds, the events that are left are in
// order, and come back as they were when they are written anew.

namespace {

void check_content(std::string_view text) {
    const firmware::TelemetryContent content = firmware::parse_telemetry(text);
    must(content.bytes == text.size());
    std::uint64_t before = 0;
    std::string anew = firmware::telemetry_head(content.id, content.next, content.dropped);
    for (const firmware::TelemetryRecord& event : content.waiting) {
        must(event.number < content.next && (before == 0 || event.number > before));
        before = event.number;
        anew += firmware::telemetry_event(event.body);
    }
    const firmware::TelemetryContent again = firmware::parse_telemetry(anew);
    must(!again.damaged && again.id == content.id && again.dropped == content.dropped);
    must(again.waiting.size() == content.waiting.size());
}

// Lines with the right checksum, so that the fuzzer need not guess one: "e {…}" becomes "e 7b52009b {…}".
std::string framed(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.size() < 2) continue;
        const std::uint32_t checksum = firmware::crc32(line.substr(2));
        lines += line.substr(0, 2);
        for (unsigned shift = 32; shift > 0; shift -= 4)
            lines += digits[(checksum >> (shift - 4)) & 15U];
        lines.append(" ").append(line.substr(2)).append("\n");
    }
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = text_of(data, size);
    check_content(bytes);
    check_content(framed(bytes));
    return 0;
}
