#pragma once

#include <string_view>

namespace jobs {

// Whether a method payload (valid JSON) carries a commandId, a string that is not empty, by which the door
// recognises a repeated call. The payload is an object, or a string that contains one (the tutorial's form).
[[nodiscard]] bool carries_command_id(std::string_view payload);

}  // namespace jobs
