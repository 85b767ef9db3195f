#include "scheduler/hub/audit_trail.hpp"

#include "base/excerpt.hpp"
#include "base/json.hpp"
#include "protocol/utf8.hpp"
#include "scheduler/http/message.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace hub {
namespace {

constexpr std::size_t most_of_target = 300;
constexpr std::size_t most_of_body = 512;
constexpr std::size_t most_of_word = 128;

// As JSON, whatever a stranger wrote.
std::string quoted(std::string_view text, std::size_t most) {
    if (!protocol::is_utf8(text)) return "\"" + std::to_string(text.size()) + " bytes that are no text\"";
    return base::quote_json(base::excerpt(text, most));
}

// What commands doors, and so holds no key.
bool is_kept_whole(std::string_view path) {
    return path.starts_with("/twins/") || path.starts_with("/jobs/");
}

bool only_reads(const http::Request& request) {
    return request.method == "GET" || (request.method == "POST" && (request.path == "/devices/query" ||
                                                                    request.path == "/devices/query/"));
}

bool calls_a_method(std::string_view path) {
    if (path.ends_with('/')) path.remove_suffix(1);
    return path.starts_with("/twins/") && path.ends_with("/methods");
}

// What the device answered, as it did, or why it has none.
std::string row_text(const jobs::Row& row) {
    std::string text = "[" + base::quote_json(row.device_id) + ",\"";
    text.append(jobs::to_text(row.status)).append("\",");
    if (!row.outcome.empty() && row.outcome.size() <= most_of_body) return text + row.outcome + "]";
    return text + quoted(row.outcome.empty() ? row.error_code : row.outcome, most_of_body) + "]";
}

}  // namespace

Reply::Watch audit_request(Audit& audit, const http::Request& request, std::string_view policy) {
    if (only_reads(request)) return nullptr;
    const std::string_view peer = request.peer;
    std::string members = "\"policy\":" + base::quote_json(policy) +
                          ",\"from\":" + quoted(peer.substr(0, peer.rfind(':')), most_of_word) +
                          ",\"request\":" + quoted(request.method + " " + request.path, most_of_target);
    if (is_kept_whole(request.path) && !request.body.empty()) {
        members += ",\"body\":" + quoted(request.body, most_of_body);
    }
    const bool call = calls_a_method(request.path);
    return [&audit, call, members = std::move(members)](const http::Response& response) {
        std::string whole = members + ",\"status\":" + std::to_string(response.status);
        if (call) whole += ",\"answer\":" + quoted(response.body, most_of_body);
        // A call has reached the device, and a refusal its caller, whatever becomes of the turn.
        if (call || response.status >= 400) return audit.happened(whole);
        audit.of_turn(whole);
    };
}

void audit_command(Audit& audit, const std::vector<std::string>& words, bool done) {
    if (words.size() < 2 || words[1] == "list") return;
    std::string command = words[0] + " " + words[1];
    const bool named = words.size() > 2 && words[0] != "ca";  // which takes certificates, not a name
    if (named) command += " " + words[2];
    const std::string members =
        "\"command\":" + quoted(command, 2 * most_of_word) + ",\"done\":" + (done ? "true" : "false");
    done ? audit.of_turn(members) : audit.happened(members);
}

void audit_jobs(Audit& audit, JobStore& jobs) {
    jobs.rows_saved.connect([&audit](std::span<const jobs::Row> rows) {
        for (const jobs::Row& row : rows) {
            if (jobs::is_final(row.status)) audit.row(row.job_id, row_text(row));
        }
    });
    jobs.saved.connect([&audit](const jobs::Job& job) {
        if (!jobs::is_final(job.status)) return;
        audit.of_turn("\"job\":" + base::quote_json(job.id) + ",\"status\":\"" +
                      std::string(jobs::to_text(job.status)) +
                      "\",\"succeeded\":" + std::to_string(job.statistics.succeeded) +
                      ",\"failed\":" + std::to_string(job.statistics.failed) +
                      ",\"canceled\":" + std::to_string(job.statistics.canceled));
    });
}

}  // namespace hub
