#pragma once

#include "base/result.hpp"
#include "scheduler/query/expression.hpp"
#include "scheduler/query/path.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ql {

// The query language of IoT Hub for twins and jobs (protocol sheet §3), parsed into values that cannot be
// wrong.

enum class Source {
    devices,  // device twins
    modules,  // FROM devices.modules: module twins
    jobs,     // FROM devices.jobs: one row per job and device
};

// Which documents: those of the source for which `where` is true; all of them without one.
struct Condition {
    Source source = Source::devices;
    std::optional<Expression> where;

    bool operator==(const Condition&) const = default;
};

enum class Aggregate { count, avg, sum, min, max };

// One column of a projection.
struct Item {
    std::optional<Aggregate> aggregate;
    std::optional<Path> path;  // always there, except that COUNT has none
    // The member name in the row. Given by AS, or else the last name of the path as the query wrote it, or
    // COUNT, AVG … for an aggregate. No two items of a query have the same.
    std::string name;

    bool operator==(const Item&) const = default;
};

struct Query {
    std::optional<std::uint64_t> top;  // at least 1
    std::vector<Item> items;           // empty: SELECT *
    Condition condition;
    std::vector<Path> group_by;

    bool operator==(const Query&) const = default;
};

// Bounds of a text; whoever passes one is told its name and value. The depth also bounds the stack that
// evaluation needs.
struct ParseLimits {
    std::size_t text = 8192;  // bytes
    std::size_t depth = 64;   // parentheses, NOT, signs, function calls, and operators in a row (not AND, OR)
    std::size_t list = 2048;  // constants of an IN list, items of a SELECT list, names of a path
};

// A whole query: SELECT [TOP n] list FROM source [WHERE expression] [GROUP BY attributes].
//
// Errors are invalid_argument (syntax, and what the language cannot combine) or too_large (a bound). The
// message has three lines: "line 1, column 15: found 'FORM', expected ',' or FROM", the offending line, and a
// caret under the place. Columns count characters.
[[nodiscard]] base::Result<Query> parse_query(std::string_view text, const ParseLimits& limits = {});

// A job's queryCondition (§3, last paragraph): `*`, what stands behind WHERE, or the same led by
// `FROM devices.modules WHERE`. A whole query in its place is an error that names the part to use.
[[nodiscard]] base::Result<Condition> parse_condition(std::string_view text, const ParseLimits& limits = {});

}  // namespace ql
