#include "base/json.hpp"
#include "scheduler/query/candidates.hpp"
#include "scheduler/query/evaluate.hpp"
#include "scheduler/query/execution.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/to_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Any bytes are a query, a condition or an error that can be printed; what is a query survives its own text,
// runs over a twin without harm, and never matches a document that its candidates exclude.

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

const base::Json& twin() {
    static const base::Json twin = *base::Json::parse(
        R"({"deviceId": "door-1", "status": "enabled", "version": 12, "modelId": "", "statusReason": null,
            "tags": {"building": 43, "x": "a", "list": [1], "ok": true},
            "properties": {"desired": {"$version": 4}, "reported": {"lock": {"state": "locked"}}}})");
    return twin;
}

// Canonical text may be longer than what was written (escapes, parentheses).
constexpr ql::ParseLimits roomy = {.text = 1 << 20};

void check_error(const base::Error& error) {
    require(!error.message.empty());
    require(base::check_json(base::quote_json(error.message)).has_value());
}

void check_candidates(const ql::Condition& condition) {
    if (!ql::matches(condition, twin())) return;
    for (const auto& [path, values] : ql::required_equalities(condition)) {
        const ql::Expression in{ql::Membership{.negated = false, .operand = {{path}}, .list = values}};
        require(ql::matches(in, twin()));
    }
    if (const auto ids = ql::device_ids(condition)) {
        bool found = false;
        for (const std::string& id : *ids) {
            found = found || id == "door-1";
        }
        require(found);
    }
}

void check_query(std::string_view text) {
    const auto query = ql::parse_query(text);
    if (!query) return check_error(query.error());
    const auto again = ql::parse_query(ql::to_text(*query), roomy);
    require(again.has_value() && *again == *query);
    ql::Execution execution(*query);
    require(execution.add(twin()).has_value());
    for (const base::Json& row : execution.finish()) {
        require(row.is_object());
    }
    check_candidates(query->condition);
}

void check_condition(std::string_view text) {
    const auto condition = ql::parse_condition(text);
    if (!condition) return check_error(condition.error());
    const auto again = ql::parse_condition(ql::to_text(*condition), roomy);
    require(again.has_value() && *again == *condition);
    check_candidates(*condition);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    check_query(text);
    check_condition(text);
    return 0;
}
