#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/domain.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hub {

class EventStreams;

// How many observations were at most as long as each bound.
class Histogram {
  public:
    static constexpr std::array<double, 12> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                   0.01,   0.025,   0.05,   0.1,   0.5,    1};
    void observe(std::chrono::nanoseconds took);
    // In Prometheus's text form, in seconds.
    void write(std::string& text, std::string_view name, std::string_view help) const;

  private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    double sum_ = 0;
};

// Counts what the hub does, and tells it in the text form of Prometheus (version 0.0.4).
class Metrics {
  public:
    Metrics(Domain& domain, const EventStreams& streams, const base::Clock& clock);
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void answered(int status) { ++requests_[status]; }  // of the service API
    void loop_late(std::chrono::nanoseconds by);        // a timer of the loop fired so much too late
    // The latest of the last ten measures.
    [[nodiscard]] std::chrono::nanoseconds loop_latency() const;

    // When a certificate that the hub shows or signs with ends; `file` is its name.
    void certificate_ends(const std::string& file, base::SystemTime end) { certificates_[file] = end; }

    [[nodiscard]] std::string text();

  private:
    Domain& domain_;
    const EventStreams& streams_;
    const base::Clock& clock_;
    std::uint64_t connections_ = 0;
    std::uint64_t telemetry_ = 0;
    std::uint64_t telemetry_bytes_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> methods_;   // by result
    std::map<std::string, std::uint64_t, std::less<>> messages_;  // by outcome
    std::map<int, std::uint64_t> requests_;                       // by status
    std::map<int, std::uint64_t> refused_;                        // CONNECTs, by return code
    std::map<std::string, base::SystemTime> certificates_;
    std::uint64_t failed_commits_ = 0;
    Histogram commits_;
    Histogram method_seconds_;
    base::SteadyTime commit_began_{};
    std::array<std::chrono::nanoseconds, 10> late_{};
    std::size_t next_late_ = 0;
};

}  // namespace hub
