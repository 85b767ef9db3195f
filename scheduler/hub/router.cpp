#include "scheduler/hub/router.hpp"

#include "base/excerpt.hpp"
#include "protocol/percent.hpp"
#include "scheduler/hub/audit_trail.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

namespace hub {

using protocol::HubError;

namespace {

constexpr std::string_view place = "{}";
constexpr std::size_t most_segments = 16;

// The path's segments, as they stand there; a slash at the end does not count (Node asks for "/devices/").
std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    if (path.ends_with('/')) path.remove_suffix(1);
    while (!path.empty() && segments.size() <= most_segments) {
        path.remove_prefix(1);  // the slash
        const std::size_t end = std::min(path.find('/'), path.size());
        segments.emplace_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

// "127.0.0.1:51712", "[::1]:51712"
bool is_from_here(const http::Request& request) {
    return request.peer.starts_with("127.") || request.peer.starts_with("[::1]:");
}

}  // namespace

Outcome<std::size_t> parse_count(std::string_view name, std::string_view text, std::size_t otherwise) {
    if (text.empty()) {
        return otherwise;
    }
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count == 0) {
        return Fault{HubError::argument_invalid, std::string(name) + ": '" + base::excerpt(text, 40) +
                                                     "' is not a whole number of 1 or more"};
    }
    return count;
}

Router::Router(Database& database, const Authorization& authorization, const Answers& answers)
    : database_(database), authorization_(authorization), answers_(answers) {}

void Router::add(Route route, std::string_view pattern) {
    route.pattern = split(pattern);
    // Literal segments sort before places, so that the first match is the most literal one.
    const auto places = [](const Route& r) {
        std::vector<bool> is_place;
        for (const std::string& segment : r.pattern) {
            is_place.push_back(segment == place);
        }
        return is_place;
    };
    const auto behind = std::find_if(routes_.begin(), routes_.end(),
                                     [&](const Route& other) { return places(route) < places(other); });
    routes_.insert(behind, std::move(route));
}

void Router::add(std::string_view method, std::string_view pattern, Rights right, Handler handler) {
    add({.method = std::string(method),
         .pattern = {},
         .right = right,
         .versioned = true,
         .handler = std::move(handler)},
        pattern);
}

void Router::add_own(std::string_view method, std::string_view pattern, Rights right, Handler handler) {
    add({.method = std::string(method),
         .pattern = {},
         .right = right,
         .versioned = false,
         .handler = std::move(handler)},
        pattern);
}

void Router::add_local(std::string_view method, std::string_view pattern, Rights right, Handler handler) {
    add({.method = std::string(method),
         .pattern = {},
         .right = right,
         .versioned = false,
         .open_here = true,
         .handler = std::move(handler)},
        pattern);
}

void Router::add_open(std::string_view method, std::string_view pattern, Handler handler) {
    add({.method = std::string(method),
         .pattern = {},
         .right = std::nullopt,
         .versioned = false,
         .handler = std::move(handler)},
        pattern);
}

bool Router::matches(const Route& route, const std::vector<std::string>& path) {
    return std::equal(route.pattern.begin(), route.pattern.end(), path.begin(), path.end(),
                      [](const std::string& expected, const std::string& found) {
                          return expected == place ? !found.empty() : expected == found;
                      });
}

std::vector<Router::Demand> Router::table() const {
    std::vector<Demand> rows;
    for (const Route& route : routes_) {
        Demand row{.method = route.method, .pattern = {}, .right = route.right, .open_here = route.open_here};
        for (const std::string& segment : route.pattern)
            row.pattern += '/' + segment;
        rows.push_back(std::move(row));
    }
    return rows;
}

void Router::handle(const http::Request& request, http::Responder responder) const {
    const Reply reply(
        http::Responder(
            [this, responder = std::move(responder)](http::Response response) {
                answered.emit(response.status);
                responder.answer(std::move(response));
            },
            [this](int status, std::string_view text) { return answers_.below_routes(status, text); }),
        database_, answers_);
    const std::vector<std::string> path = split(request.path);
    const Route* route = nullptr;
    std::string allowed;
    for (const Route& candidate : routes_) {
        if (!matches(candidate, path)) continue;
        if (candidate.method == request.method) {
            route = &candidate;
            break;
        }
        allowed += (allowed.empty() ? "" : ", ") + candidate.method;
    }
    if (route == nullptr) {
        http::Response response =
            allowed.empty()
                ? answers_.refusal(404, "ResourceNotFound", "there is nothing at " + request.path)
                : answers_.refusal(405, "MethodNotAllowed",
                                   request.path + " does not take " + request.method + ", only " + allowed);
        if (!allowed.empty()) {
            response.headers["Allow"] = allowed;
        }
        reply.send(std::move(response));
        return;
    }

    Call call{.request = request, .names = {}, .caller = {}};
    if (route->right && !(route->open_here && is_from_here(request))) {
        auto caller = authorization_.service(request.header("Authorization"), *route->right);
        if (!caller) {
            reply.fault(caller.error());
            return;
        }
        call.caller = std::move(*caller);
    }
    if (route->versioned && request.parameter("api-version").empty()) {
        reply.fault({HubError::argument_invalid,
                     "the query parameter api-version is missing; add for example api-version=2021-04-12"});
        return;
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (route->pattern[i] != place) continue;
        auto name = protocol::percent_decode(path[i]);
        if (!name) {
            reply.fault({HubError::argument_invalid, "path: " + name.error().message});
            return;
        }
        if (name->find('/') != std::string::npos) {  // would be another identity's key (identity.hpp)
            reply.fault({HubError::argument_invalid,
                         "path: '" + *name + "' has a slash, which no name of the hub can hold"});
            return;
        }
        call.names.push_back(std::move(*name));
    }
    const bool audited = audit_ != nullptr && !call.caller.policy.empty();
    route->handler(call,
                   audited ? reply.watched(audit_request(*audit_, request, call.caller.policy)) : reply);
}

}  // namespace hub
