#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jobs {

// Which devices a job's condition means at this moment.
class TargetSource {
  public:
    virtual ~TargetSource() = default;

    // Device ids in any order; a repeated one counts once. An error of kind busy, unavailable, timeout or io
    // is tried again until the job's deadline; any other fails the job, and its message becomes the
    // failureReason
    // ("SQL query parse failed due to following errors: …").
    virtual base::Result<std::vector<std::string>> targets(std::string_view condition) = 0;

  protected:
    TargetSource() = default;
    TargetSource(const TargetSource&) = default;
    TargetSource& operator=(const TargetSource&) = default;
};

}  // namespace jobs
