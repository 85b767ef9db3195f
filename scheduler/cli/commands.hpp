#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What lockctl can be asked to do, one struct a command: the command line is parsed into one of these, and
// each has a function `Outcome run(const X&, Context&)` that does it.
namespace cli {

struct CallTimes {
    std::chrono::seconds response{30};
    std::chrono::seconds connect{0};  // how long the hub waits for a device that is not connected
};

struct DeviceAdd {
    std::string id;
    std::string connection_file = {};  // empty: the connection string goes to standard output
    bool disabled = false;
};
struct DeviceList {};
struct DeviceShow {
    std::string id;
    bool connection_string = false;
};
struct DeviceRemove {
    std::string id;
};

struct TwinShow {
    std::string id;
};
struct TwinSet {
    std::string id;
    base::Json desired;  // a merge patch
};
struct TwinTag {
    std::string id;
    base::Json tags;  // a merge patch
};

struct PolicyList {};
struct PolicyAdd {
    std::string name;
    std::string rights;  // "ServiceConnect, RegistryRead"
};

struct AuditList {
    std::int64_t last = 100;  // of the records; 0: all that the hub has
};
struct AuditVerify {
    std::string mark_file = {};  // where the mark of the last verified record is kept; empty: nowhere
};

// lock and unlock.
struct Actuate {
    enum class Target { locked, unlocked };
    Target target = Target::locked;
    std::vector<std::string> devices;
    std::optional<std::chrono::milliseconds> hold = {};
    std::string command_id = {};  // empty: one is made up
    CallTimes times = {};
};
struct Status {
    std::vector<std::string> devices;
};
struct Invoke {
    std::string device;
    std::string method;
    std::string payload = {};  // JSON as it was given; empty: null
    CallTimes times = {};
};

struct MethodJob {
    std::string method;
    std::string payload = {};     // JSON as it was given; empty: null, or an object with the commandId alone
    std::string command_id = {};  // enters the payload; empty: none does
    CallTimes times = {};
};
struct TwinJob {
    std::optional<base::Json> desired = {};
    std::optional<base::Json> tags = {};
};
struct JobCreate {
    std::string id = {};  // empty: one is made up
    std::string condition;
    std::variant<MethodJob, TwinJob> action;
    std::vector<std::string> named = {};  // the devices that the condition names, if they were given so
    std::optional<base::SystemTime> at = {};
    std::optional<std::chrono::milliseconds> in = {};
    std::chrono::seconds max_time{3600};
    // How the job goes about its devices, if not as the hub likes: members beyond IoT Hub's, each a name and
    // its JSON ("rate", "inFlight", "abort", "waves", "retry").
    std::vector<std::pair<std::string, std::string>> rollout = {};
    std::optional<std::uint64_t> expect = {};  // refuse if the condition means another number of devices
    bool yes = false;                          // every device is meant indeed
    bool dry_run = false;                      // as JobPlan
    bool wait = false;
};
// Tells what the job would do now, and creates none.
struct JobPlan {
    JobCreate job;
};
// Does a job again on the devices on which it failed, or which it did not begin.
struct JobRetry {
    std::string id;
    bool yes = false;  // every device is meant indeed
    bool wait = false;
};
struct JobList {
    std::string status = {};
    std::string type = {};
};
struct JobShow {
    std::string id;
};
struct JobWatch {
    std::string id;
};
struct JobResults {
    std::string id;
    bool failed_only = false;
};
struct JobCancel {
    std::string id;
    bool force = false;  // a running job too
};

struct RunQuery {
    std::string text;
};

// What happens at the hub, as it happens.
struct Events {
    std::string device = {};  // only of this one
    std::string kinds = {};   // only of these: telemetry, connection, twin, message, job, method
    std::optional<std::uint64_t> after = {};  // first what the hub has kept behind the event with this number
    std::optional<std::uint64_t> count = {};  // end after so many
};

// A fleet of doors that do not exist, and really connect.
struct Simulate {
    std::size_t count = 1000;
    std::string prefix = "sim-";  // of their ids
    base::Json tags = base::Json::object();
    std::chrono::milliseconds delay{200};                    // between a call and its answer
    double refusing = 0;                                     // share of the doors that answer 409
    double silent = 0;                                       // share of those that never answer
    bool remove = false;                                     // at the end
    std::optional<std::chrono::milliseconds> duration = {};  // none: until Ctrl-C
};

// Looks for what keeps lockctl from working with the hub.
struct Doctor {};

using Command =
    std::variant<DeviceAdd, DeviceList, DeviceShow, DeviceRemove, TwinShow, TwinSet, TwinTag, PolicyList,
                 PolicyAdd, Actuate, Status, Invoke, JobCreate, JobPlan, JobRetry, JobList, JobShow, JobWatch,
                 JobResults, JobCancel, RunQuery, AuditList, AuditVerify, Events, Simulate, Doctor>;

}  // namespace cli
