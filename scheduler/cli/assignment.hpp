#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Assignments as people write them, "building=43", into a JSON object. What stands behind the first '=' is
// JSON if it can be read as JSON (43, true, null, "43", {"a":1}), else it is text. Dots in the name nest:
// "location.floor=3" is {"location":{"floor":3}}. null deletes the property (twins are merged).
// Errors name the assignment: no '=', an empty name, a name that begins with
// '$', a name given twice, a name inside of another's value.
[[nodiscard]] base::Result<base::Json> parse_assignments(const std::vector<std::string>& assignments);

// "building=43,floor=3" → its parts. A comma inside of quotes, brackets or braces does not separate.
[[nodiscard]] std::vector<std::string> split_assignments(std::string_view text);

}  // namespace cli
