#include "scheduler/hub/query_service.hpp"

#include "base/json.hpp"
#include "scheduler/hub/continuation.hpp"
#include "scheduler/jobs/records.hpp"
#include "scheduler/query/candidates.hpp"
#include "scheduler/query/evaluate.hpp"
#include "scheduler/query/execution.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace hub {
namespace {

using protocol::HubError;

constexpr std::size_t max_body = std::size_t{64} * 1024;
// A twin with all its metadata.
constexpr base::JsonLimits document_limits{
    .bytes = std::size_t{4} * 1024 * 1024, .depth = 64, .comments = false};
constexpr std::size_t rows_at_once = 256;

Fault invalid(std::string message) {
    return {HubError::argument_invalid, std::move(message)};
}

// The hub made the text itself; null is what no condition matches.
base::Json document_of(const std::string& text) {
    auto json = base::Json::parse(text, document_limits);
    return json ? std::move(*json) : base::Json();
}

// The items of one page, and whether there is more behind it.
class PageBuilder {
  public:
    PageBuilder(const ql::Query& query, std::size_t size, const Continuation& before)
        : query_(query), size_(size), rows_before_(before.rows), execution_(query, {}, before.rows) {}

    // Looks at the next document; false when the page is complete.
    template <typename Place>
    bool take(const Place& place, std::string text) {
        if (execution_.done()) return false;
        auto row = row_of(std::move(text));
        if (!row) return !fault_;
        if (count_ == size_) {
            more_ = true;
            return false;
        }
        add(*row);
        last_ = {rows_before_ + count_, place.first, place.second};
        return true;
    }

    // The rows of an aggregate, behind those of the pages before.
    void take_aggregate() {
        const auto rows = execution_.finish();
        for (std::size_t i = rows_before_; i < rows.size() && count_ < size_; ++i) {
            add(rows[i].dump());
        }
        more_ = rows_before_ + count_ < rows.size();
        last_ = {rows_before_ + count_, {}, {}};
    }

    [[nodiscard]] Outcome<QueryPage> page(std::string_view text) {
        if (fault_) return *std::move(fault_);
        return QueryPage{items_ + ']', std::string(ql::item_type(query_)),
                         more_ ? to_token(last_, text) : std::string()};
    }

  private:
    void add(std::string_view item) {
        if (count_++ > 0) items_ += ',';
        items_ += item;
    }

    // The text of the row that the document gives, if it gives one.
    std::optional<std::string> row_of(std::string text) {
        auto row = execution_.add(document_of(text));
        if (!row) {
            fault_ = fault_from(row.error());
            return std::nullopt;
        }
        if (!*row) return std::nullopt;
        return ql::selects_documents(query_) ? std::move(text) : (*row)->dump();
    }

    const ql::Query& query_;
    std::size_t size_;
    std::uint64_t rows_before_;
    ql::Execution execution_;
    std::string items_ = "[";
    std::size_t count_ = 0;
    Continuation last_;
    bool more_ = false;
    std::optional<Fault> fault_;
};

// Those of a sorted list that come after this one.
std::vector<std::string> behind(const std::vector<std::string>& sorted, const std::string& after) {
    return {std::upper_bound(sorted.begin(), sorted.end(), after), sorted.end()};
}

}  // namespace

Outcome<std::string> parse_query_body(std::string_view body) {
    const auto parsed = base::Json::parse(body, {.bytes = max_body, .depth = 32, .comments = false});
    if (!parsed) return fault_from(parsed.error());
    const auto text = parsed->find("query").as_string();
    if (!text) {
        return Fault{HubError::argument_null, R"(query is missing; send {"query":"SELECT * FROM devices"})"};
    }
    if (text->find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return invalid("the query is empty; write SELECT * FROM devices");
    }
    return std::string(*text);
}

QueryService::QueryService(TwinStore& twins, JobStore& jobs) : twins_(twins), jobs_(jobs) {}

struct QueryService::Running {
    Running(ql::Query parsed, const QueryRequest& request, const Continuation& before, Done then)
        : query(std::move(parsed)),
          text(request.text),
          builder(query, std::clamp(request.page, std::size_t{1}, max_page), before),
          aggregate(ql::is_aggregate(query)),
          done(std::move(then)) {
        if (!aggregate) after = {before.first, before.second};
    }

    ql::Query query;
    std::string text;
    PageBuilder builder;
    bool aggregate;
    Done done;
    Place after;
    Feed feed;
};

void QueryService::run(const QueryRequest& request, Done done) {
    auto query = ql::parse_query(request.text);
    if (!query) return done(invalid(query.error().message));
    const auto before = parse_token(request.continuation, request.text);
    if (!before) {
        return done(invalid("the continuation token does not belong to this query; start without one"));
    }
    const auto running = std::make_shared<Running>(*std::move(query), request, *before, std::move(done));
    running->feed = feed(running->query.condition, TwinParts::of(running->query));
    go_on(running);
}

void QueryService::go_on(const std::shared_ptr<Running>& running) {
    while (true) {
        const auto complete = look(*running);
        if (!complete) return running->done(fault_from(complete.error()));
        if (*complete) break;
        if (later_) return later_([this, running] { go_on(running); });
    }
    if (running->aggregate) running->builder.take_aggregate();
    running->done(running->builder.page(running->text));
}

base::Result<bool> QueryService::look(Running& running) {
    std::size_t looked = 0;
    bool paused = false;
    Place last = running.after;
    const auto fed = running.feed(running.after, [&](const Place& place, std::string document) {
        if (looked == documents_at_once) {
            paused = true;
            return false;
        }
        ++looked;
        last = place;
        return running.builder.take(place, std::move(document));
    });
    if (!fed) return fed.error();
    running.after = std::move(last);
    return !paused;
}

QueryService::Feed QueryService::feed(const ql::Condition& condition, const TwinParts& parts) {
    switch (condition.source) {
        case ql::Source::devices:
            return feed_devices(condition, parts);
        case ql::Source::jobs:
            return feed_jobs(condition);
        case ql::Source::modules:
            break;
    }
    return feed_modules(condition, parts);
}

QueryService::Feed QueryService::feed_devices(const ql::Condition& condition, const TwinParts& parts) {
    if (const auto ids = ql::device_ids(condition)) {
        return [this, ids = *ids](const Place& after, const Take& take) -> base::Result<void> {
            for (const std::string& id : behind(ids, after.first)) {
                auto view = twins_.service_view(id);
                if (view && !take({id, {}}, std::move(*view))) break;
            }
            return {};
        };
    }
    return [this, filter = TwinFilter(condition), parts](const Place& after, const Take& take) {
        return twins_.each_view(TwinStore::Kind::devices, after.first, filter, parts,
                                [&take](const std::string& id, std::string view) {
                                    return take({id, {}}, std::move(view));
                                });
    };
}

// Those of one device stand together: their keys begin with its id and a slash.
QueryService::Feed QueryService::feed_modules(const ql::Condition& condition, const TwinParts& parts) {
    const auto ids = ql::device_ids(condition);
    const bool of_one = ids && ids->size() == 1;
    return [this, filter = TwinFilter(condition), parts,
            prefix = of_one ? ids->front() + "/" : std::string()](const Place& after, const Take& take) {
        return twins_.each_view(TwinStore::Kind::modules, std::max(after.first, prefix), filter, parts,
                                [&](const std::string& id, std::string view) {
                                    return id.starts_with(prefix) && take({id, {}}, std::move(view));
                                });
    };
}

QueryService::Feed QueryService::feed_jobs(const ql::Condition& condition) {
    const auto take_row = [](const Take& take, jobs::JobType type, const jobs::Row& row) {
        return take({row.job_id, row.device_id}, jobs::device_job_record(type, row));
    };
    if (const auto ids = ql::job_ids(condition)) {
        return [this, ids = *ids, take_row](const Place& after, const Take& take) -> base::Result<void> {
            return feed_jobs_named(ids, after, [&](jobs::JobType type, const jobs::Row& row) {
                return take_row(take, type, row);
            });
        };
    }
    if (const auto ids = ql::device_ids(condition); ids && ids->size() == 1) {
        return [this, id = ids->front(), take_row](const Place& after, const Take& take) {
            const JobStore::Place place{after.first, after.second};
            return jobs_.each_row_of_device(id, place, [&](jobs::JobType type, const jobs::Row& row) {
                return take_row(take, type, row);
            });
        };
    }
    return [this, take_row](const Place& after, const Take& take) {
        return jobs_.each_row({after.first, after.second}, [&](jobs::JobType type, const jobs::Row& row) {
            return take_row(take, type, row);
        });
    };
}

base::Result<void> QueryService::feed_jobs_named(const std::vector<std::string>& job_ids, const Place& after,
                                                 const JobStore::Take& take) {
    for (auto id = std::lower_bound(job_ids.begin(), job_ids.end(), after.first); id != job_ids.end(); ++id) {
        std::string last = *id == after.first ? after.second : std::string();
        const auto job = jobs_.find_job(*id);
        if (!job) return job.error();
        if (!*job) continue;
        while (true) {
            const auto rows = jobs_.load_rows(*id, last, rows_at_once);
            if (!rows) return rows.error();
            for (const jobs::Row& row : *rows) {
                if (!take((*job)->type(), row)) return {};
            }
            if (rows->size() < rows_at_once) break;
            last = rows->back().device_id;
        }
    }
    return {};
}

Outcome<std::vector<std::string>> QueryService::device_ids(std::string_view text) {
    const auto condition = ql::parse_condition(text);
    if (!condition) return invalid(condition.error().message);
    if (condition->source == ql::Source::devices && !condition->where) {
        auto all = twins_.device_ids();
        if (!all) return fault_from(all.error());
        return std::move(*all);
    }
    std::vector<std::string> ids;
    const auto fed =
        feed(*condition, TwinParts::of(*condition))({}, [&](const Place& place, const std::string& document) {
            if (ql::matches(*condition, document_of(document))) ids.push_back(place.first);
            return true;
        });
    if (!fed) return fault_from(fed.error());
    return ids;
}

}  // namespace hub
