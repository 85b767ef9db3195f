#include "scheduler/hub/console.hpp"

#include "base/excerpt.hpp"
#include "scheduler/hub/console_files.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace hub {
namespace {

constexpr std::string_view index_name = "index.html";

// Nothing but what this hub serves is loaded or asked, no script or style stands in a page, nobody frames it.
constexpr std::string_view security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

// "*" or a list of tags, weak ones among them (RFC 9110 §13.1.2).
bool names_tag(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        std::string_view tag = if_none_match.substr(0, if_none_match.find(','));
        if_none_match.remove_prefix(std::min(if_none_match.size(), tag.size() + 1));
        while (tag.starts_with(' '))
            tag.remove_prefix(1);
        while (tag.ends_with(' '))
            tag.remove_suffix(1);
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == etag || tag == "*") return true;
    }
    return false;
}

http::Response guarded(int status) {
    http::Response response;
    response.status = status;
    response.headers = {
        {"Content-Security-Policy", std::string(security_policy)},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    };
    return response;
}

http::Response lead_to(std::string_view place) {
    http::Response response = guarded(302);
    response.headers["Location"] = place;
    response.headers["Cache-Control"] = "no-cache";
    return response;
}

void serve(std::string_view name, const Call& call, const Reply& reply) {
    const auto files = console_files();
    const auto found =
        std::find_if(files.begin(), files.end(), [name](const ConsoleFile& f) { return f.name == name; });
    if (found == files.end()) {
        return reply.refusal(404, "ResourceNotFound",
                             "the console has no file '" + base::excerpt(name, 40) + "'");
    }
    const ConsoleFile& file = *found;
    const bool known = names_tag(call.request.header("If-None-Match"), file.etag);
    http::Response response = guarded(known ? 304 : 200);
    response.headers["ETag"] = file.etag;
    // Kept, but asked for anew each time: after an update no page is made of two versions.
    response.headers["Cache-Control"] = "no-cache";
    if (!known) {
        response.headers["Content-Type"] = file.content_type;
        response.body = file.body;
    }
    reply.send(std::move(response));
}

}  // namespace

void add_console_routes(Router& router) {
    router.add_open("GET", "/",
                    [](const Call& /*call*/, const Reply& reply) { reply.send(lead_to("/console/")); });
    router.add_open("GET", "/console", [](const Call& call, const Reply& reply) {
        // The router does not tell the two apart, a browser that resolves names does.
        if (!call.request.path.ends_with('/')) return reply.send(lead_to("/console/"));
        serve(index_name, call, reply);
    });
    router.add_open("GET", "/console/{}",
                    [](const Call& call, const Reply& reply) { serve(call.names[0], call, reply); });
}

}  // namespace hub
