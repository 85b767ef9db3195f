#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

// A job as the hub tells it (protocol sheet §2.7), as far as people care.
struct JobRecord {
    std::string id;
    std::string status;  // queued, scheduled, running, completed, failed, cancelled …
    std::string what;    // "lockDoor {"lockTime":"10m"}" or "desired {"building":43}"
    std::string condition;
    std::string failure_reason;
    std::string status_message;
    std::optional<base::SystemTime> start;
    std::optional<base::SystemTime> end;
    bool is_method = false;
    bool counted = false;  // whether the counts below were there
    std::int64_t devices = 0;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
    std::int64_t running = 0;
    std::int64_t pending = 0;
    std::int64_t cancelled = 0;  // not on the wire: what is missing from the others to make up `devices`

    // Nothing will change any more.
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] bool was_cancelled() const;  // in either spelling
};

[[nodiscard]] JobRecord read_job(base::JsonView json);

// What became of a job on one device.
struct DeviceJob {
    std::string device;
    std::string job;
    std::string status;  // pending, scheduled, running, completed, failed, canceled
    std::optional<int> method_status;
    std::string payload;  // of the device's answer, JSON; empty for none
    std::string error_code;
    std::string error_text;

    // A door that answered 400 or above has failed, though its row is completed on the wire (design: jobs).
    [[nodiscard]] bool failed() const;
    // The job ended before it was its turn.
    [[nodiscard]] bool cancelled() const;
    // Its time ran out before it came, or before it answered.
    [[nodiscard]] bool timed_out() const;
    // Why it failed, in words: "409: the door is open".
    [[nodiscard]] std::string cause() const;
    // What cures that, if anything is known to.
    [[nodiscard]] std::string_view hint() const;
};

[[nodiscard]] DeviceJob read_device_job(base::JsonView json);

// What a door says in the payload of a refusal: its "error" or "message" member, or the whole as JSON.
[[nodiscard]] std::string refusal_text(base::JsonView payload);

}  // namespace cli
