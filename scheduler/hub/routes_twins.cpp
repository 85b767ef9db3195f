#include "scheduler/hub/routes_twins.hpp"

#include "scheduler/hub/etag.hpp"
#include "scheduler/hub/identity.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace hub {

namespace {

std::string key_of(const Call& call) {
    return identity_key(call.names[0], call.names.size() > 1 ? call.names[1] : std::string_view());
}

IfMatch if_match(const Call& call) {
    return IfMatch::parse(call.request.header("If-Match"));
}

void query(QueryService& queries, const Call& call, const Reply& reply) {
    auto text = parse_query_body(call.request.body);
    if (!text) {
        reply.fault(text.error());
        return;
    }
    const auto page = parse_count("x-ms-max-item-count", call.request.header("x-ms-max-item-count"),
                                  QueryService::max_page);
    if (!page) {
        reply.fault(page.error());
        return;
    }
    const QueryRequest request{.text = std::move(*text),
                               .page = std::min(*page, QueryService::max_page),
                               .continuation = std::string(call.request.header("x-ms-continuation"))};
    queries.run(request, [reply](Outcome<QueryPage> answer) {
        if (!answer) {
            reply.fault(answer.error());
            return;
        }
        http::Response response = http::json_response(200, std::move(answer->items));
        response.headers["x-ms-item-type"] = answer->item_type;
        if (!answer->continuation.empty()) {  // its presence is what tells the clients of more (§2.6)
            response.headers["x-ms-continuation"] = answer->continuation;
        }
        reply.send(std::move(response));
    });
}

void invoke(MethodCalls& calls, const Call& call, const Reply& reply) {
    auto request = parse_method_request(call.request.body);
    if (!request) {
        reply.fault(request.error());
        return;
    }
    calls.call(key_of(call), std::move(*request), [reply](const Outcome<MethodResult>& result) {
        if (result) {
            reply.json(method_result_json(*result));
        } else {
            reply.fault(result.error());
        }
    });
}

}  // namespace

void add_twin_routes(Router& router, TwinStore& twins) {
    const Rights right = Rights::service_connect();
    for (const std::string_view twin : {"/twins/{}", "/twins/{}/modules/{}"}) {
        router.add("GET", twin, right, [&twins](const Call& call, const Reply& reply) {
            reply.outcome(twins.service_view(key_of(call)));
        });
        router.add("PATCH", twin, right, [&twins](const Call& call, const Reply& reply) {
            reply.outcome(twins.patch(key_of(call), call.request.body, if_match(call)));
        });
        router.add("PUT", twin, right, [&twins](const Call& call, const Reply& reply) {
            reply.outcome(twins.replace(key_of(call), call.request.body, if_match(call)));
        });
    }
}

void add_query_routes(Router& router, QueryService& queries) {
    router.add("POST", "/devices/query", Rights::service_connect(),
               [&queries](const Call& call, const Reply& reply) { query(queries, call, reply); });
}

void add_method_routes(Router& router, MethodCalls& calls) {
    for (const std::string_view methods : {"/twins/{}/methods", "/twins/{}/modules/{}/methods"}) {
        router.add("POST", methods, Rights::service_connect(),
                   [&calls](const Call& call, const Reply& reply) { invoke(calls, call, reply); });
    }
}

}  // namespace hub
