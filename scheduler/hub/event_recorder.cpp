#include "scheduler/hub/event_recorder.hpp"

#include "protocol/error_body.hpp"
#include "scheduler/hub/identity.hpp"
#include "scheduler/hub/object_text.hpp"
#include "scheduler/hub/telemetry.hpp"
#include "scheduler/jobs/records.hpp"

#include <chrono>
#include <utility>

namespace hub {
namespace {

constexpr std::chrono::seconds between_words{1};

// A job's record, and in front of it since when it is so: the record tells only when the job was made.
std::string since(base::SystemTime now, const std::string& record) {
    std::string event = ObjectText().time("time", now).done();
    event.back() = ',';
    return event += std::string_view(record).substr(1);
}

}  // namespace

EventRecorder::EventRecorder(Events& events, DeviceSessions& sessions, TwinStore& twins, MethodCalls& calls,
                             JobStore& jobs, const base::Clock& clock)
    : events_(events), clock_(clock) {
    sessions.telemetry.connect([this](const Telemetry& telemetry) {
        events_.record(EventKind::telemetry, std::string(telemetry.device_id),
                       telemetry_json(telemetry, clock_.system_now()));
    });
    sessions.gone.connect([this](const std::string& device_id, std::uint64_t, const std::string& reason) {
        reasons_[device_id] = reason;
    });
    sessions.presence_changed.connect(
        [this](const std::string& device_id, bool connected) { presence(device_id, connected); });
    twins.changed.connect([this](const TwinChange& change) { twin(change); });
    calls.ended.connect([this](const MethodCalls::Ended& call) { method(call); });
    jobs.saved.connect([this](const jobs::Job& saved) { job(saved); });
}

void EventRecorder::presence(const std::string& device_id, bool connected) {
    ObjectText json;
    add_identity(json, device_id);
    json.time("time", clock_.system_now());
    json.text("connectionState", connected ? "Connected" : "Disconnected");
    if (!connected) json.text("reason", reasons_[device_id]);
    reasons_.erase(device_id);
    events_.record(EventKind::connection, device_id, json.done());
}

void EventRecorder::twin(const TwinChange& change) {
    ObjectText json;
    add_identity(json, change.device_id);
    json.time("time", clock_.system_now());
    json.text("operation", change.replaced ? "replace" : "update");
    if (!change.tags.empty()) json.raw("tags", change.tags);
    ObjectText properties;
    if (!change.desired.empty()) properties.raw("desired", change.desired);
    if (!change.reported.empty()) properties.raw("reported", change.reported);
    json.raw("properties", properties.done());
    events_.record(EventKind::twin, change.device_id, json.done());
}

void EventRecorder::method(const MethodCalls::Ended& call) {
    ObjectText json;
    add_identity(json, call.device_id);
    json.time("time", clock_.system_now()).text("methodName", call.name);
    if (call.outcome) {
        json.number("status", call.outcome->status).raw("payload", call.outcome->payload);
    } else {
        json.text("error", protocol::error_name(call.outcome.error().code));
        json.text("message", call.outcome.error().message);
    }
    events_.tell(EventKind::method, std::string(call.device_id), json.done());
}

void EventRecorder::job(const jobs::Job& job) {
    std::string record = jobs::job_record(job);
    if (job.status == jobs::JobStatus::running) {
        std::string& last = jobs_[job.id];
        if (std::exchange(last, record) == record) return;
    } else {
        jobs_.erase(job.id);
    }
    events_.record(EventKind::job, {}, since(clock_.system_now(), record));
}

std::optional<base::SteadyTime> EventRecorder::next_due() const {
    return jobs_.empty() || !find_job_ ? std::nullopt : std::optional(due_);
}

// Progress between two states of a job is worth a word to those who listen, and no write.
void EventRecorder::tick() {
    const base::SteadyTime now = clock_.steady_now();
    if (!find_job_ || now < due_) return;
    due_ = now + between_words;
    for (auto& [id, last] : jobs_) {
        const auto job = find_job_(id);
        if (!job) continue;
        std::string record = jobs::job_record(*job);
        if (record == last) continue;
        events_.tell(EventKind::job, {}, since(clock_.system_now(), record));
        last = std::move(record);
    }
}

}  // namespace hub
