#include "base/json.hpp"
#include "scheduler/query/evaluate.hpp"
#include "scheduler/query/execution.hpp"
#include "scheduler/query/query.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

// What a query costs: to parse once, and per twin that it looks at. The twins are parsed already.

namespace {

constexpr std::int64_t twin_count = 1'000;

template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        std::cerr << result.error().message << "\n";
        std::exit(1);
    }
    return std::move(result).value();
}

std::vector<base::Json> make_twins() {
    std::vector<base::Json> twins;
    for (std::int64_t i = 0; i < twin_count; ++i) {
        const std::string id = std::to_string(i);
        twins.push_back(must(base::Json::parse(
            R"({"deviceId":"door-)" + id +
            R"(","etag":"AAAAAAAAAAc=","status":"enabled","statusUpdateTime":"0001-01-01T00:00:00Z",)"
            R"("connectionState":"Connected","lastActivityTime":"2026-11-20T08:15:00Z",)"
            R"("cloudToDeviceMessageCount":0,"authenticationType":"sas","version":12,"tags":{"building":)" +
            std::to_string(i % 100) + R"(,"floor":)" + std::to_string(i % 7) +
            R"(,"location":{"region":"US","plant":"Redmond43"}},"properties":{"desired":{"building":43,)"
            R"("$version":4},"reported":{"building":43,"lock":{"state":"locked"},"$version":7}}})")));
    }
    return twins;
}

// A list of `count` ids of which no twin has one.
std::string id_list(std::size_t count) {
    std::string list = "deviceId IN [";
    for (std::size_t i = 0; i < count; ++i) {
        list += (i > 0 ? ", 'gate-" : "'gate-") + std::to_string(i) + "'";
    }
    return list + "]";
}

void parse(benchmark::State& state, const std::string& condition) {
    while (state.KeepRunning()) {
        auto parsed = ql::parse_condition(condition);
        benchmark::DoNotOptimize(parsed);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(condition.size()));
}

void evaluate(benchmark::State& state, const std::string& condition) {
    const std::vector<base::Json> twins = make_twins();
    const ql::Condition parsed = must(ql::parse_condition(condition));
    while (state.KeepRunning()) {
        std::size_t found = 0;
        for (const base::Json& twin : twins) {
            found += ql::matches(parsed, twin) ? 1 : 0;
        }
        benchmark::DoNotOptimize(found);
    }
    state.SetItemsProcessed(state.iterations() * twin_count);
}

void execute(benchmark::State& state, const std::string& text) {
    const std::vector<base::Json> twins = make_twins();
    const ql::Query parsed = must(ql::parse_query(text));
    while (state.KeepRunning()) {
        ql::Execution execution(parsed);
        for (const base::Json& twin : twins) {
            auto row = execution.add(twin);
            benchmark::DoNotOptimize(row);
        }
        auto rows = execution.finish();
        benchmark::DoNotOptimize(rows);
    }
    state.SetItemsProcessed(state.iterations() * twin_count);
}

const std::string equality = "tags.building = 43";
const std::string mixed =
    "tags.building = 43 AND properties.reported.lock.state != 'jammed' AND (tags.floor IN [1, 2, 3] OR "
    "STARTSWITH(deviceId, 'door-1'))";

BENCHMARK_CAPTURE(parse, equality, equality);
BENCHMARK_CAPTURE(parse, mixed, mixed);
BENCHMARK_CAPTURE(parse, five_hundred_ids, id_list(500));
BENCHMARK_CAPTURE(evaluate, equality, equality);
BENCHMARK_CAPTURE(evaluate, deep_path, "properties.reported.lock.state = 'locked'");
BENCHMARK_CAPTURE(evaluate, mixed, mixed);
BENCHMARK_CAPTURE(evaluate, five_hundred_ids, id_list(500));
BENCHMARK_CAPTURE(execute, project, "SELECT deviceId, tags.building AS building FROM devices");
BENCHMARK_CAPTURE(execute, count, "SELECT COUNT() AS n FROM devices WHERE tags.building = 43");
BENCHMARK_CAPTURE(execute, group, "SELECT tags.building, COUNT() AS n FROM devices GROUP BY tags.building");

}  // namespace

BENCHMARK_MAIN();
