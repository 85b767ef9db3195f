#include "scheduler/jobs/refusal.hpp"

#include <utility>

namespace jobs {

Refusal invalid_argument(std::string message) {
    return {400, "ArgumentInvalid", {base::Errc::invalid_argument, std::move(message)}};
}

Refusal missing_argument(std::string message) {
    return {400, "ArgumentNull", {base::Errc::invalid_argument, std::move(message)}};
}

Refusal bad_request(std::string message) {
    return {400, "GenericBadRequest", {base::Errc::invalid_argument, std::move(message)}};
}

Refusal job_not_found(std::string_view id) {
    return {404, "JobNotFound", {base::Errc::not_found, "there is no job '" + std::string(id) + "'"}};
}

Refusal wrong_state(std::string message) {
    return {405, "OperationNotAllowedInCurrentState", {base::Errc::conflict, std::move(message)}};
}

Refusal job_exists(std::string_view id) {
    return {409,
            "JobAlreadyExists",
            {base::Errc::already_exists, "a job '" + std::string(id) + "' exists; job ids are used once"}};
}

Refusal too_many_jobs(std::string message) {
    return {429, "ThrottlingMaxActiveJobCountExceeded", {base::Errc::busy, std::move(message)}};
}

Refusal store_unavailable(const base::Error& cause) {
    return {503,
            "ServiceUnavailable",
            {base::Errc::unavailable, "the job store failed, try again later: " + cause.message}};
}

}  // namespace jobs
