#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firmware {

// The file in which events wait for the hub: a line for each record, to which lines are only ever added until
// the file is written anew. A record is a letter, a checksum (CRC-32, hexadecimal) and JSON:
//
//   h 5d41402a {"id":"3fa0c1d2","next":18,"dropped":0}     at the head: what the file goes on from
//   e 7b52009b {"seq":18,"event":"jam",…}                  an event, its number and what the hub gets
//   a 64fa55be {"upTo":18,"dropped":0}                     every event up to this number is delivered or
//   dropped
//
// A power cut can tear what was written last; such lines are left out when the file is read.
struct TelemetryRecord {
    std::uint64_t number = 0;
    std::string body;  // JSON
};

struct TelemetryContent {
    std::string id;                        // of this sequence of numbers; empty: there was no file
    std::uint64_t next = 1;                // the number of the next event
    std::uint64_t dropped = 0;             // events that will never arrive, of all that ever were
    std::vector<TelemetryRecord> waiting;  // in order
    std::size_t bytes = 0;                 // of the file
    bool damaged = false;                  // some line could not be read: nothing may be added behind it
};

[[nodiscard]] std::string telemetry_head(const std::string& id, std::uint64_t next, std::uint64_t dropped);
[[nodiscard]] std::string telemetry_event(std::string_view body);
[[nodiscard]] std::string telemetry_gone(std::uint64_t up_to, std::uint64_t dropped);
// Reads any bytes. Lines of events that are damaged count as dropped.
[[nodiscard]] TelemetryContent parse_telemetry(std::string_view text);

// The file itself. Every call may block on the disk.
class TelemetryFile {
  public:
    // `directory` exists.
    TelemetryFile(base::FileLayer& files, std::string directory);

    // Empty if there is none.
    [[nodiscard]] base::Result<TelemetryContent> load();
    // After an error the end of the file is unknown: replace() it.
    [[nodiscard]] base::Result<void> append(std::string_view lines);
    [[nodiscard]] base::Result<void> replace(std::string_view lines);

    static constexpr std::size_t longest = std::size_t{4} * 1024 * 1024;

  private:
    base::FileLayer& files_;
    std::string directory_;
    std::string path_;
};

}  // namespace firmware
