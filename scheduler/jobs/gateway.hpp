#pragma once

#include "scheduler/jobs/job.hpp"

#include <functional>
#include <optional>
#include <string>

namespace jobs {

// What a failed row tells: `error.code` and `error.description` of its record.
struct RowError {
    std::string code;  // an IoT Hub name: "DeviceNotFound", "DeviceMaximumInflightMethodExceeded", …
    std::string description;
};

// How one method call ended.
struct MethodOutcome {
    enum class Kind {
        answered,  // the device sent `status` and `payload`
        not_sent,  // it was not connected or not subscribed, and nothing has left: the row waits for it
        connection_lost,  // the call had left, and the connection ended before an answer came
        timed_out,        // the call had left, and no answer came in response_timeout
        rejected,         // it was not sent and never will be (the device does not exist): see `error`
    };
    Kind kind = Kind::answered;
    int status = 0;
    std::string payload;  // raw JSON; empty counts as null
    RowError error;
};

using MethodDone = std::function<void(MethodOutcome)>;
using TwinDone = std::function<void(std::optional<RowError>)>;  // nothing: the patch was applied

// The devices, as far as a job needs them. `done` is called exactly once, on the runner's thread; it may be
// called before the function returns, and does nothing when the runner no longer waits for it.
class DeviceGateway {
  public:
    virtual ~DeviceGateway() = default;

    // Connected, and subscribed to methods. When this becomes true for a device, the owner calls
    // JobRunner::device_online(device_id).
    [[nodiscard]] virtual bool is_online(const std::string& device_id) const = 0;

    // One call, at most once on the wire. A device that is not online at this moment is `not_sent` at once,
    // whatever connect_timeout says: it is the job that waits. response_timeout is counted here, in steady
    // time.
    virtual void call_method(const std::string& device_id, const MethodAction& action, MethodDone done) = 0;

    // Forced update (etag "*") of tags and desired properties. A gateway whose twins lie in the same store as
    // the jobs writes the patch and calls `done` before it returns, so that one commit covers patch and row.
    // Applied again after a crash otherwise, which changes nothing but versions.
    virtual void patch_twin(const std::string& device_id, const TwinAction& action, TwinDone done) = 0;

  protected:
    DeviceGateway() = default;
    DeviceGateway(const DeviceGateway&) = default;
    DeviceGateway& operator=(const DeviceGateway&) = default;
};

}  // namespace jobs
