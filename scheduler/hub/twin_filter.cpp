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

        // As the indexes are made, letter for letter.
        sql_ += " AND " + path->expression("t.") + " IN (";
        for (std::size_t i = 0; i < values.size(); ++i) {
            sql_ += i == 0 ? "?" : ",?";
            parameters_.push_back(std::move(values[i]));
        }
        sql_ += ')';
    }
}

void TwinFilter::bind(Statement& statement) const {
    for (const Value& value : parameters_) {
        std::visit([&statement](const auto& each) { statement.bind(each); }, value);
    }
}

}  // namespace hub
