#include "scheduler/cli/job_rows.hpp"

#include "scheduler/cli/requests.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace cli {

namespace {

// lockhub finds them itself; of IoT Hub it is not known whether it can ask for an outcome.
constexpr std::string_view failed =
    "devices.jobs.status = 'failed' OR devices.jobs.outcome.deviceMethodResponse.status >= 400";
constexpr std::string_view cancelled = "devices.jobs.status = 'canceled'";

base::Result<std::vector<DeviceJob>> read(const std::string& id, Service& service,
                                          const std::string& condition,
                                          const std::function<bool(const DeviceJob&)>& wanted) {
    const auto known = service.capabilities();
    if (!known) return known.error();
    std::string query = device_jobs_query(id);
    if (known->lockhub) query += " AND (" + condition + ")";
    std::vector<DeviceJob> rows;
    const auto done = service.query(query, [&](const Page& page) {
        for (const base::JsonView row : page.items) {
            DeviceJob result = read_device_job(row);
            if (wanted(result)) rows.push_back(std::move(result));
        }
    });
    if (!done) return done.error();
    return rows;
}

}  // namespace

base::Result<std::vector<DeviceJob>> read_failed_rows(const std::string& id, Service& service) {
    return read(id, service, std::string(failed), [](const DeviceJob& row) { return row.failed(); });
}

base::Result<std::vector<DeviceJob>> read_undone_rows(const std::string& id, Service& service) {
    return read(id, service, std::string(failed) + " OR " + std::string(cancelled),
                [](const DeviceJob& row) { return row.failed() || row.cancelled(); });
}

}  // namespace cli
