#pragma once

#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/query/query.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

struct QueryRequest {
    std::string text;
    std::size_t page = 100;    // x-ms-max-item-count
    std::string continuation;  // x-ms-continuation; empty for the first page
};

struct QueryPage {
    std::string items;         // a JSON array
    std::string item_type;     // "Twin", "DeviceJob", "Raw": the header x-ms-item-type
    std::string continuation;  // empty on the last page
};

// Reads {"query":"…"}: ArgumentNull when there is none.
[[nodiscard]] Outcome<std::string> parse_query_body(std::string_view body);

// Queries of the service over twins and job rows (iothub-protocol.md §2.6, §3).
class QueryService {
  public:
    static constexpr std::size_t max_page = 100;

    QueryService(TwinStore& twins, JobStore& jobs);

    // `done` is called once, perhaps before run() returns, perhaps later.
    void run(const QueryRequest& request, const std::function<void(Outcome<QueryPage>)>& done);

    // The keys (identity.hpp) of all devices or modules that a job's condition names now, in order.
    [[nodiscard]] Outcome<std::vector<std::string>> device_ids(std::string_view condition);

  private:
    // Documents in a fixed order, behind a place in it, until `take` answers false.
    struct Place {
        std::string first;
        std::string second;
    };
    using Take = std::function<bool(const Place& place, std::string document)>;
    using Feed = std::function<base::Result<void>(const Place& after, const Take& take)>;

    [[nodiscard]] Outcome<QueryPage> page(const QueryRequest& request);
    [[nodiscard]] Feed feed(const ql::Condition& condition);
    [[nodiscard]] Feed feed_devices(const ql::Condition& condition);
    [[nodiscard]] Feed feed_modules(const ql::Condition& condition);
    [[nodiscard]] Feed feed_jobs(const ql::Condition& condition);

    base::Result<void> feed_jobs_named(const std::vector<std::string>& job_ids, const Place& after,
                                       const JobStore::Take& take);

    TwinStore& twins_;
    JobStore& jobs_;
};

}  // namespace hub
