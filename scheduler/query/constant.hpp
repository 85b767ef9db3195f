#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace ql {

// The constant `undefined`; also what a path that leads nowhere is.
struct Undefined {
    bool operator==(const Undefined&) const = default;
};

// A constant as it stands in a query. Lists are constants too, but comparable with nothing: only IN and NIN
// look into them.
struct Constant {
    using List = std::vector<Constant>;

    std::variant<Undefined, std::nullptr_t, bool, double, std::string, List> value;
};

[[nodiscard]] bool operator==(const Constant& left, const Constant& right);

}  // namespace ql
