#include "scheduler/cli/requests.hpp"

#include "base/iso8601.hpp"
#include "protocol/percent.hpp"

#include <utility>

namespace cli {

namespace {

constexpr std::string_view page_size = "100";  // IoT Hub gives no more at once (§2.6)

http::Request request(std::string_view method, std::string path) {
    http::Request out;
    out.method = std::string(method);
    out.path = std::move(path);
    out.query.emplace("api-version", api_version);
    return out;
}

http::Request with_body(http::Request out, std::string body) {
    out.headers["Content-Type"] = "application/json; charset=utf-8";
    out.body = std::move(body);
    return out;
}

http::Request whatever_version(http::Request out) {
    out.headers["If-Match"] = "\"*\"";
    return out;
}

std::string under(std::string_view prefix, std::string_view id) {
    return std::string(prefix) + protocol::percent_encode(id);
}

std::string method_body(std::string_view method, std::string_view payload, const CallTimes& times) {
    return "{" + member("methodName", base::quote_json(method)) + "," +
           member("payload", payload.empty() ? "null" : payload) + "," +
           member("responseTimeoutInSeconds", std::to_string(times.response.count())) + "," +
           member("connectTimeoutInSeconds", std::to_string(times.connect.count())) + "}";
}

std::string action(const MethodJob& job) {
    return member("type", R"("scheduleDeviceMethod")") + "," +
           member("cloudToDeviceMethod",
                  method_body(
                      job.method,
                      job.command_id.empty() ? job.payload : with_command_id(job.payload, job.command_id),
                      job.times));
}

std::string action(const TwinJob& job) {
    base::Json twin = base::Json::object({{"etag", "*"}});  // §2.7: a twin job is a force update
    if (job.tags) twin.set("tags", *job.tags);
    if (job.desired) twin.set("properties", base::Json::object({{"desired", *job.desired}}));
    return member("type", R"("scheduleUpdateTwin")") + "," + member("updateTwin", twin.dump());
}

}  // namespace

std::string member(std::string_view name, std::string_view raw) {
    return base::quote_json(name) + ":" + std::string(raw);
}

http::Request get_device(std::string_view id) {
    return request("GET", under("/devices/", id));
}

http::Request create_device(std::string_view id, bool disabled) {
    // Empty keys ask the hub to make them (§2.4).
    base::Json body = base::Json::object(
        {{"deviceId", id},
         {"status", disabled ? "disabled" : "enabled"},
         {"authentication",
          base::Json::object(
              {{"type", "sas"},
               {"symmetricKey", base::Json::object({{"primaryKey", ""}, {"secondaryKey", ""}})}})}});
    return with_body(request("PUT", under("/devices/", id)), body.dump());
}

http::Request delete_device(std::string_view id) {
    return whatever_version(request("DELETE", under("/devices/", id)));
}

http::Request change_devices(const base::Json& entries) {
    return with_body(request("POST", "/devices"), entries.dump());
}

http::Request get_twin(std::string_view id) {
    return request("GET", under("/twins/", id));
}

http::Request patch_twin(std::string_view id, const base::Json& body) {
    return whatever_version(with_body(request("PATCH", under("/twins/", id)), body.dump()));
}

http::Request call_method(std::string_view device, std::string_view method, std::string_view payload,
                          const CallTimes& times) {
    return with_body(request("POST", under("/twins/", device) + "/methods"),
                     method_body(method, payload, times));
}

http::Request query_page(std::string_view text, std::string_view continuation) {
    auto out =
        with_body(request("POST", "/devices/query"), "{" + member("query", base::quote_json(text)) + "}");
    out.headers["x-ms-max-item-count"] = page_size;
    if (!continuation.empty()) out.headers["x-ms-continuation"] = continuation;
    return out;
}

std::string count_query(std::string_view condition) {
    std::string out = "SELECT COUNT() AS devices FROM devices";
    if (condition != "*") out.append(" WHERE ").append(condition);
    return out;
}

std::string device_jobs_query(std::string_view job_id) {
    return "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = " + quote_literal(job_id);
}

std::string quote_literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + "'";
}

http::Request put_job(std::string_view id, std::string body) {
    return with_body(request("PUT", under("/jobs/v2/", id)), std::move(body));
}

http::Request create_job(const JobCreate& command, std::optional<base::SystemTime> start) {
    std::string body = "{" + member("jobId", base::quote_json(command.id)) + ",";
    body += std::visit([](const auto& job) { return action(job); }, command.action);
    body += "," + member("queryCondition", base::quote_json(command.condition));
    if (start) body += "," + member("startTime", base::quote_json(base::format_iso8601(*start)));
    body += "," + member("maxExecutionTimeInSeconds", std::to_string(command.max_time.count()));
    for (const auto& [name, json] : command.rollout)
        body += "," + member(name, json);
    return put_job(command.id, body + "}");
}

http::Request get_job(std::string_view id) {
    return request("GET", under("/jobs/v2/", id));
}

http::Request cancel_job(std::string_view id, bool force) {
    auto out = request("POST", under("/jobs/v2/", id) + "/cancel");
    if (force) out.query["force"] = "true";
    return out;
}

http::Request list_jobs(const JobList& filter, std::string_view continuation) {
    auto out = request("GET", "/jobs/v2/query");
    if (!filter.type.empty()) out.query["jobType"] = filter.type;
    if (!filter.status.empty()) out.query["jobStatus"] = filter.status;
    out.headers["x-ms-max-item-count"] = page_size;
    if (!continuation.empty()) out.headers["x-ms-continuation"] = continuation;
    return out;
}

http::Request get_capabilities() {
    return request("GET", "/lockhub/v1/capabilities");
}

http::Request listen_to_events(const Events& command, const std::string& last) {
    auto out = request("GET", "/lockhub/v1/events");
    if (!command.device.empty()) out.query["device"] = command.device;
    if (!command.kinds.empty()) out.query["kind"] = command.kinds;
    out.headers["Accept"] = "text/event-stream";
    if (!last.empty()) out.headers["Last-Event-ID"] = last;
    return out;
}

http::Request list_policies() {
    return request("GET", "/lockhub/v1/policies");
}

http::Request put_policy(std::string_view name, std::string_view rights) {
    return with_body(request("PUT", under("/lockhub/v1/policies/", name)),
                     "{" + member("rights", base::quote_json(rights)) + "}");
}

std::string with_command_id(std::string_view payload, std::string_view command_id) {
    const std::string mine = member("commandId", base::quote_json(command_id));
    if (payload.empty()) return "{" + mine + "}";
    const auto members = base::raw_members(payload);
    if (!members || base::find_raw(*members, "commandId")) return std::string(payload);
    std::string out(payload);
    out.insert(out.find('{') + 1, members->empty() ? mine : mine + ",");
    return out;
}

}  // namespace cli
