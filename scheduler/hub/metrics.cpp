#include "scheduler/hub/metrics.hpp"

#include "protocol/error_body.hpp"
#include "scheduler/hub/event_stream.hpp"
#include "scheduler/hub/process_figures.hpp"

#include <algorithm>
#include <cstdio>

namespace hub {
namespace {

std::string number(double value) {
    std::array<char, 40> text{};
    (void)std::snprintf(text.data(), text.size(), "%.9g", value);  // always fits
    return text.data();
}

void head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
    text += "# HELP " + std::string(name) + ' ' + std::string(help) + '\n';
    text += "# TYPE " + std::string(name) + ' ' + std::string(type) + '\n';
}

void single(std::string& text, std::string_view name, std::string_view type, std::string_view help,
            std::int64_t value) {
    head(text, name, type, help);
    text += std::string(name) + ' ' + std::to_string(value) + '\n';
}

// The labels are the program's own words and need no escapes.
template <typename Map>
void labelled(std::string& text, std::string_view name, std::string_view help, std::string_view label,
              const Map& values) {
    head(text, name, "counter", help);
    for (const auto& [key, value] : values) {
        text += std::string(name) + '{' + std::string(label) + "=\"";
        if constexpr (std::is_same_v<std::decay_t<decltype(key)>, int>) {
            text += std::to_string(key);
        } else {
            text += key;
        }
        text += "\"} " + std::to_string(value) + '\n';
    }
}

std::int64_t as_gauge(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), seconds);
    ++counts_.at(static_cast<std::size_t>(bound - bounds.begin()));
    sum_ += seconds;
}

void Histogram::write(std::string& text, std::string_view name, std::string_view help) const {
    head(text, name, "histogram", help);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        count += counts_.at(i);
        text += std::string(name) + "_bucket{le=\"" + (i < bounds.size() ? number(bounds.at(i)) : "+Inf") +
                "\"} " + std::to_string(count) + '\n';
    }
    text += std::string(name) + "_sum " + number(sum_) + '\n';
    text += std::string(name) + "_count " + std::to_string(count) + '\n';
}

Metrics::Metrics(Domain& domain, const EventStreams& streams, const base::Clock& clock)
    : domain_(domain), streams_(streams), clock_(clock) {
    domain.sessions.presence_changed.connect([this](const std::string&, bool connected) {
        if (connected) ++connections_;
    });
    domain.sessions.refused.connect(
        [this](protocol::ConnectCode code) { ++refused_[static_cast<int>(code)]; });
    domain.sessions.telemetry.connect([this](const Telemetry& telemetry) {
        ++telemetry_;
        telemetry_bytes_ += telemetry.payload.size();
    });
    domain.calls.ended.connect([this](const MethodCalls::Ended& call) {
        ++methods_[call.outcome ? "answered" : std::string(protocol::error_name(call.outcome.error().code))];
        if (call.outcome) method_seconds_.observe(call.took);
    });
    domain.messages.ended.connect([this](std::string_view outcome) { ++messages_[std::string(outcome)]; });
    domain.database.commit_begins.connect([this] { commit_began_ = clock_.steady_now(); });
    domain.database.commit_ended.connect([this] { commits_.observe(clock_.steady_now() - commit_began_); });
    domain.database.rolled_back.connect([this] { ++failed_commits_; });
}

void Metrics::loop_late(std::chrono::nanoseconds by) {
    late_.at(next_late_) = std::max(by, std::chrono::nanoseconds(0));
    next_late_ = (next_late_ + 1) % late_.size();
}

std::chrono::nanoseconds Metrics::loop_latency() const {
    return *std::max_element(late_.begin(), late_.end());
}

std::string Metrics::text() {
    std::string text;
    const RegistryStatistics devices = domain_.registry.statistics();
    const EventLog::Totals log = domain_.event_log.totals();
    const ProcessFigures process = process_figures();
    single(text, "lockhub_devices", "gauge", "Registered devices.", devices.total);
    single(text, "lockhub_devices_enabled", "gauge", "Registered devices that may connect.", devices.enabled);
    single(text, "lockhub_connections", "gauge", "Devices that are connected.",
           as_gauge(domain_.connections.size()));
    single(text, "lockhub_connections_total", "counter", "Connections that were accepted.",
           as_gauge(connections_));
    labelled(text, "lockhub_connects_refused_total", "CONNECTs that were refused, by return code.", "code",
             refused_);
    single(text, "lockhub_telemetry_messages_total", "counter", "Messages of devices.", as_gauge(telemetry_));
    single(text, "lockhub_telemetry_bytes_total", "counter", "Their payloads.", as_gauge(telemetry_bytes_));
    single(text, "lockhub_event_log_events", "gauge", "Events that are kept.", log.events);
    single(text, "lockhub_event_log_bytes", "gauge", "What they take.", log.bytes);
    single(text, "lockhub_event_log_dropped_total", "counter",
           "Events that had to go before their time, for want of room.",
           as_gauge(domain_.event_log.dropped()));
    single(text, "lockhub_event_streams", "gauge", "Event streams that are open.", as_gauge(streams_.size()));
    single(text, "lockhub_cloud_messages_waiting", "gauge", "Messages that wait for their devices.",
           domain_.messages.waiting());
    labelled(text, "lockhub_cloud_messages_total", "What became of messages to devices.", "outcome",
             messages_);
    single(text, "lockhub_methods_in_flight", "gauge", "Method calls that wait for a device or its answer.",
           as_gauge(domain_.calls.in_flight()));
    labelled(text, "lockhub_methods_total", "Method calls, by how they ended.", "result", methods_);
    method_seconds_.write(text, "lockhub_method_seconds", "How long answered method calls took.");
    head(text, "lockhub_job_rows", "gauge", "Devices in the jobs of the history, by status.");
    for (const auto& [status, count] : domain_.job_store.row_counts()) {
        text += "lockhub_job_rows{status=\"" + status + "\"} " + std::to_string(count) + '\n';
    }
    labelled(text, "lockhub_http_responses_total", "Answers of the service API, by status.", "status",
             requests_);
    commits_.write(text, "lockhub_commit_seconds", "How long commits to the disk took.");
    single(text, "lockhub_database_cache_bytes", "gauge", "What is kept of the database in memory.",
           as_gauge(domain_.database.cache_bytes()));
    single(text, "lockhub_commits_failed_total", "counter", "Turns that were taken back.",
           as_gauge(failed_commits_));
    head(text, "lockhub_loop_latency_seconds", "gauge", "How late timers were at the most, in ten seconds.");
    text += "lockhub_loop_latency_seconds " + number(std::chrono::duration<double>(loop_latency()).count()) +
            '\n';
    head(text, "lockhub_certificate_end_seconds", "gauge", "When certificates end, in seconds since 1970.");
    for (const auto& [file, end] : certificates_) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(end.time_since_epoch()).count();
        text += "lockhub_certificate_end_seconds{file=\"" + file + "\"} " + std::to_string(seconds) + '\n';
    }
    single(text, "process_resident_memory_bytes", "gauge", "Resident memory.", process.resident_bytes);
    single(text, "process_open_fds", "gauge", "Open file descriptors.", process.descriptors);
    return text;
}

}  // namespace hub
