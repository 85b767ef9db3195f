#pragma once

#include "scheduler/jobs/job.hpp"

#include <string>

namespace jobs {

// IoT Hub documents that names and values in a job may hold only printable US-ASCII without any of
// $ ( ) < > @ , ; : \ " / [ ] ? = { } and blanks, yet its own examples break that. So a job is not refused
// for it: this is the sentence for its statusMessage that names the first offending place; empty if there is
// none.
[[nodiscard]] std::string portability_warning(const Action& action);

}  // namespace jobs
