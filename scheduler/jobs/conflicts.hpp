#pragma once

#include "scheduler/jobs/job.hpp"

namespace jobs {

// Whether two jobs may act on a device in the same span of time: from one's start time to its deadline.
[[nodiscard]] bool overlap(const Job& one, const Job& other);

// Whether what is done to a device depends on which of the two comes last: two calls of different methods, or
// with payloads that differ in more than their commandId; two patches that give one tag or desired property
// different values. A call and a patch do not contradict each other, and getStatus, which moves nothing,
// contradicts no call.
[[nodiscard]] bool contradict(const Action& one, const Action& other);

}  // namespace jobs
