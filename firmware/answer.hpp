#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace base {
class Json;
}

namespace firmware {

// The answer to a direct method: a status and JSON text.
struct Answer {
    int status = 200;
    std::string body = "null";

    bool operator==(const Answer&) const = default;
};

// An answer comes within this, whatever the bolt and the disk do: by default its caller gives up after 30 s.
inline constexpr std::chrono::milliseconds longest_answer{25000};

// Bytes of a payload with the arguments of a method.
inline constexpr std::size_t longest_arguments = std::size_t{8} * 1024;

// {"Response":"lockDoor called successfully", …facts}. `facts` is an object.
[[nodiscard]] Answer success(int status, std::string_view method, const base::Json& facts);

// {"error":"…"}: one sentence that says what is wrong and what would be right.
[[nodiscard]] Answer failure(int status, std::string_view message);
// The same with the name of the argument and what it may be: {"error":…,"field":…,"allowed":…}.
[[nodiscard]] Answer bad_argument(std::string_view field, std::string_view message, std::string_view allowed);

}  // namespace firmware
