#include "scheduler/hub/routes_jobs.hpp"

#include "base/excerpt.hpp"
#include "protocol/topics.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/jobs/records.hpp"
#include "scheduler/jobs/request.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace hub {

using protocol::HubError;

namespace {

constexpr std::size_t max_page = 100;

void answer(const Reply& reply, const jobs::JobAnswer& result) {
    if (const auto* refused = std::get_if<jobs::Refusal>(&result)) {
        reply.refusal(refused->status, refused->name, refused->error.message);
    } else {
        reply.json(jobs::job_record(std::get<jobs::Job>(result)));
    }
}

// What no device can carry out, whichever it is: refused now, instead of by every device later.
Outcome<void> check(const jobs::Action& action) {
    if (const auto* twin = std::get_if<jobs::TwinAction>(&action)) {
        return check_twin_patch(twin->update_twin);
    }
    if (auto good = protocol::check_method_name(std::get<jobs::MethodAction>(action).name); !good) {
        return Fault{HubError::argument_invalid, "methodName: " + good.error().message};
    }
    return {};
}

void create(jobs::JobRunner& runner, const base::Clock& clock, const Call& call, const Reply& reply) {
    jobs::JobAnswer request = jobs::parse_job_request(call.names[0], call.request.body, clock.system_now());
    if (auto* job = std::get_if<jobs::Job>(&request)) {
        if (const auto good = check(job->action); !good) {
            reply.fault(good.error());
            return;
        }
        request = runner.submit(std::move(*job));
    }
    answer(reply, request);
}

void show(jobs::JobRunner& runner, const Call& call, const Reply& reply) {
    const auto job = runner.find(call.names[0]);
    if (!job) {
        reply.fault(fault_from(job.error()));
    } else if (!*job) {
        answer(reply, jobs::job_not_found(call.names[0]));
    } else {
        answer(reply, **job);
    }
}

void cancel(jobs::JobRunner& runner, const Call& call, const Reply& reply) {
    const std::string_view force = call.request.parameter("force");
    if (!force.empty() && force != "true" && force != "false") {
        reply.fault({HubError::argument_invalid,
                     "force: '" + base::excerpt(force, 40) + "' is neither true nor false"});
        return;
    }
    answer(reply, runner.cancel(call.names[0], force == "true" ? jobs::JobRunner::Cancel::force
                                                               : jobs::JobRunner::Cancel::if_not_started));
}

// The header of the SDKs, or the parameter of the REST documentation.
std::string_view either(const Call& call, std::string_view header, std::string_view parameter) {
    const std::string_view value = call.request.header(header);
    return value.empty() ? call.request.parameter(parameter) : value;
}

void list(jobs::JobRunner& runner, const Call& call, const Reply& reply) {
    const std::string_view type = call.request.parameter("jobType");
    const std::string_view status = call.request.parameter("jobStatus");
    const jobs::JobFilter filter{.type = jobs::parse_job_type(type),
                                 .status = jobs::parse_job_status(status)};
    if (!type.empty() && !filter.type) {
        reply.fault(
            {HubError::argument_invalid, "jobType: '" + base::excerpt(type, 40) +
                                             "' is neither scheduleDeviceMethod nor scheduleUpdateTwin"});
        return;
    }
    if (!status.empty() && !filter.status) {
        reply.fault({HubError::argument_invalid,
                     "jobStatus: '" + base::excerpt(status, 40) +
                         "' is none of queued, scheduled, running, completed, failed, cancelled"});
        return;
    }
    const auto page = parse_count("page size", either(call, "x-ms-max-item-count", "pageSize"), max_page);
    if (!page) {
        reply.fault(page.error());
        return;
    }
    const auto found = runner.list(filter, either(call, "x-ms-continuation", "continuationToken"),
                                   std::min(*page, max_page));
    if (!found) {
        reply.fault(fault_from(found.error()));
        return;
    }
    std::string body = "[";
    for (const jobs::Job& job : found->jobs) {
        if (body.size() > 1) body += ',';
        body += jobs::job_record(job);
    }
    http::Response response = http::json_response(200, body + "]");
    response.headers["x-ms-item-type"] = "JobResponse";
    if (!found->continuation.empty()) {
        response.headers["x-ms-continuation"] = found->continuation;
    }
    reply.send(std::move(response));
}

}  // namespace

void add_job_routes(Router& router, jobs::JobRunner& runner, const base::Clock& clock) {
    const Rights right = Rights::service_connect();
    router.add("PUT", "/jobs/v2/{}", right, [&runner, &clock](const Call& call, const Reply& reply) {
        create(runner, clock, call, reply);
    });
    router.add("GET", "/jobs/v2/{}", right,
               [&runner](const Call& call, const Reply& reply) { show(runner, call, reply); });
    router.add("POST", "/jobs/v2/{}/cancel", right,
               [&runner](const Call& call, const Reply& reply) { cancel(runner, call, reply); });
    router.add("GET", "/jobs/v2/query", right,
               [&runner](const Call& call, const Reply& reply) { list(runner, call, reply); });
}

}  // namespace hub
