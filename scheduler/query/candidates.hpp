#pragma once

#include "scheduler/query/query.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ql {

// What a store can look up before it evaluates anything. All of these give supersets: the documents found
// must still pass matches().

// Every document that matches has at `path` one of `values`, which are booleans, numbers and strings. No
// values: nothing matches.
struct Equality {
    Path path;
    Constant::List values;

    bool operator==(const Equality&) const = default;
};

// Each conjunct of the form `path = constant`, `path IN [constants]`, or an OR of such over one path, either
// way round; equalities with null are left out (an index rarely tells null from absent). Documents that match
// satisfy all of them.
[[nodiscard]] std::vector<Equality> required_equalities(const Condition& condition);

// The only device ids that can match, sorted and each once, if the condition pins deviceId with = or IN (in
// any AND, and in all parts of an OR); nothing if it does not. An empty set is an answer too: nothing can
// match.
[[nodiscard]] std::optional<std::vector<std::string>> device_ids(const Condition& condition);

// The same for the jobId of device-job rows (FROM devices.jobs WHERE devices.jobs.jobId = '…').
[[nodiscard]] std::optional<std::vector<std::string>> job_ids(const Condition& condition);

}  // namespace ql
