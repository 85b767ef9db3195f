#pragma once

#include "firmware/storage_thread.hpp"
#include "firmware/telemetry.hpp"
#include "firmware/telemetry_log.hpp"

#include <string>

namespace firmware {

// TelemetryStore on the storage thread. The file outlives the thread.
class TelemetryDisk final : public TelemetryStore {
  public:
    TelemetryDisk(StorageThread& thread, TelemetryFile& file) : thread_(thread), file_(file) {}

    void append(std::string lines, Done done) override;
    void replace(std::string lines, Done done) override;

  private:
    StorageThread& thread_;
    TelemetryFile& file_;
};

// A name for a new sequence of numbers, so that no two messages of a device have one id: eight hexadecimal
// digits.
[[nodiscard]] std::string new_telemetry_id();

}  // namespace firmware
