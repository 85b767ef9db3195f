#include "scheduler/cli/job_rows.hpp"

#include "scheduler/cli/requests.hpp"

#include <utility>

namespace cli {

base::Result<std::vector<DeviceJob>> read_failed_rows(const std::string& id, Service& service) {
    std::vector<DeviceJob> rows;
    const auto done = service.query(device_jobs_query(id), [&rows](const Page& page) {
        for (const base::JsonView row : page.items) {
            DeviceJob result = read_device_job(row);
            if (result.failed()) rows.push_back(std::move(result));
        }
    });
    if (!done) return done.error();
    return rows;
}

}  // namespace cli
