#pragma once

#include "base/result.hpp"
#include "scheduler/jobs/job.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace jobs {

// Why a request was not accepted, in IoT Hub's words: `ErrorCode:{name};{error.message}` with this HTTP
// status.
struct Refusal {
    int status = 400;       // HTTP
    std::string_view name;  // "ArgumentInvalid"; a literal
    base::Error error;
};

using JobAnswer = std::variant<Job, Refusal>;

[[nodiscard]] Refusal invalid_argument(std::string message);  // 400 ArgumentInvalid
[[nodiscard]] Refusal missing_argument(std::string message);  // 400 ArgumentNull
[[nodiscard]] Refusal bad_request(std::string message);       // 400 GenericBadRequest
[[nodiscard]] Refusal job_not_found(std::string_view id);     // 404 JobNotFound
[[nodiscard]] Refusal wrong_state(std::string message);    // 405 OperationNotAllowedInCurrentState (405102)
[[nodiscard]] Refusal job_exists(std::string_view id);     // 409 JobAlreadyExists (409104)
[[nodiscard]] Refusal too_many_jobs(std::string message);  // 429 ThrottlingMaxActiveJobCountExceeded
[[nodiscard]] Refusal store_unavailable(const base::Error& cause);  // 503 ServiceUnavailable

}  // namespace jobs
