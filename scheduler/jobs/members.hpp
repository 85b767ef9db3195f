#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "scheduler/jobs/job.hpp"

#include <string>
#include <vector>

// What a client has probably misspelt in the body of a job. IoT Hub ignores members that it does not know,
// and its clients send back whole records, so such members pass; but the members beyond IoT Hub's are
// nobody else's, and one of them that vanishes could send ten thousand commands at once.
namespace jobs {

// An error that names the member and what would be right: a member of "abort" or "retry" that is none, or one
// of the body that is nearly one of rollout_members ("inflight", "wave", "rollout").
[[nodiscard]] base::Result<void> check_own_members(const std::vector<base::RawMember>& body);

// Refuses a change of twins that names nothing to change. One whose sections are empty passes: Microsoft's
// own tests make such a job.
[[nodiscard]] base::Result<void> check_changes_something(const Action& action);

// A sentence about members that no IoT Hub has either, and about a change of nothing; empty if there is
// nothing to say. At most three members are named.
[[nodiscard]] std::string remark_on_members(const std::vector<base::RawMember>& body, const Action& action);

}  // namespace jobs
