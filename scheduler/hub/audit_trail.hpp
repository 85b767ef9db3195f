#pragma once

#include "scheduler/hub/answers.hpp"
#include "scheduler/hub/audit.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/jobs/job.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace http {
struct Request;
}

namespace hub {

// What is kept in the audit of the ways by which commands come: requests of services, commands on the hub's
// own machine, and jobs, with what became of each of their devices. Never a key: of what is registered only
// the names are kept.

// A request that a policy was allowed to make: who, from where, what, and then, by the answer that leaves,
// with which outcome. Nothing is kept of a request that only reads.
[[nodiscard]] Reply::Watch audit_request(Audit& audit, const http::Request& request, std::string_view policy);

// A command of an administrator on the hub's machine, and whether it was done. Lists are not kept.
void audit_command(Audit& audit, const std::vector<std::string>& words, bool done);

// The rows of jobs that have ended, and the ends of jobs, from now on. Both outlive each other's last use.
void audit_jobs(Audit& audit, JobStore& jobs);

}  // namespace hub
