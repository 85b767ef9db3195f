#include "scheduler/hub/twin_filter.hpp"

#include "scheduler/hub/twin_path.hpp"
#include "scheduler/query/candidates.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace hub {
namespace {

// As json_extract() gives it. Other numbers than integers are left to the evaluation: whether SQLite reads
// the same double from their text is not ours to promise.
std::optional<std::variant<std::int64_t, std::string>> comparable(const ql::Constant& constant) {
    constexpr double most = 9007199254740992.0;
    if (const auto* text = std::get_if<std::string>(&constant.value)) return *text;
    if (const auto* boolean = std::get_if<bool>(&constant.value)) return std::int64_t{*boolean ? 1 : 0};
    const auto* number = std::get_if<double>(&constant.value);
    if (number == nullptr || std::trunc(*number) != *number || std::abs(*number) > most) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

}  // namespace

TwinFilter::TwinFilter(const ql::Condition& condition) {
    for (const ql::Equality& equality : ql::required_equalities(condition)) {
        const auto path = twin_path(equality.path.names);
        if (!path) continue;
        std::vector<Value> values;
        for (const ql::Constant& constant : equality.values) {
            if (auto value = comparable(constant)) values.push_back(std::move(*value));
        }
        if (values.size() < equality.values.size()) continue;

        std::string dotted;
        for (const std::string& name : equality.path.names) {
            dotted += (dotted.empty() ? "" : ".") + name;
        }
        required_.push_back({path->expression("t."), twin_values_table(dotted), std::move(values)});
    }
}

std::string TwinFilter::sql(const std::set<std::string>& tables) const {
    std::string sql;
    int number = 2;
    for (const Required& required : required_) {
        std::string numbers;
        for (std::size_t i = 0; i < required.values.size(); ++i) {
            numbers += (i == 0 ? "?" : ",?") + std::to_string(number++);
        }
        // The expression as SQLite's own indexes in older files have it, letter for letter.
        sql += " AND " + required.expression + " IN (" + numbers + ")";
        if (tables.contains(required.table)) {
            sql += " AND t.device IN (SELECT device FROM \"" + required.table + "\" WHERE value IN (" +
                   numbers + "))";
        }
    }
    return sql;
}

void TwinFilter::bind(Statement& statement) const {
    for (const Required& required : required_) {
        for (const Value& value : required.values) {
            std::visit([&statement](const auto& each) { statement.bind(each); }, value);
        }
    }
}

}  // namespace hub
