#pragma once

#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/query/query.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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
    // Documents that a query looks at before it makes room for whatever else waits: some ten milliseconds.
    static constexpr std::size_t documents_at_once = 500;

    using Done = std::function<void(Outcome<QueryPage>)>;

    QueryService(TwinStore& twins, JobStore& jobs);

    // How a long query goes on in a later turn; without it, it goes on at once.
    void on_pause(std::function<void(std::function<void()>)> later) { later_ = std::move(later); }

    // `done` is called once, perhaps before run() returns, perhaps later: a page of a query that looks at
    // many documents is made in slices, and what changes between them may or may not be seen.
    void run(const QueryRequest& request, Done done);

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

    // A query at work, from run() to its answer.
    struct Running;

    void go_on(const std::shared_ptr<Running>& running);
    // One slice; true when there is nothing more to look at, or no need.
    [[nodiscard]] base::Result<bool> look(Running& running);
    // `parts` are what is looked at of twins; job rows are given whole.
    [[nodiscard]] Feed feed(const ql::Condition& condition, const TwinParts& parts);
    [[nodiscard]] Feed feed_devices(const ql::Condition& condition, const TwinParts& parts);
    [[nodiscard]] Feed feed_modules(const ql::Condition& condition, const TwinParts& parts);
    [[nodiscard]] Feed feed_jobs(const ql::Condition& condition);

    base::Result<void> feed_jobs_named(const std::vector<std::string>& job_ids, const Place& after,
                                       const JobStore::Take& take);

    TwinStore& twins_;
    JobStore& jobs_;
    std::function<void(std::function<void()>)> later_;
};

}  // namespace hub
