#include "protocol/device_id.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>
#include <string>

namespace protocol {
namespace {

bool is_allowed(char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("-.+%_#*?!(),:=@$'").find(c) != std::string_view::npos;
}

}  // namespace

base::Result<void> check_device_id(std::string_view id) {
    using base::Errc;
    if (id.empty()) return base::Error{Errc::invalid_argument, "the device id is empty"};
    if (id.size() > max_device_id) {
        return base::Error{Errc::invalid_argument, "the device id has " + std::to_string(id.size()) +
                                                       " characters; at most " +
                                                       std::to_string(max_device_id) + " are allowed"};
    }
    const auto* const bad = std::find_if_not(id.begin(), id.end(), is_allowed);
    if (bad != id.end()) {
        const auto position = std::to_string(bad - id.begin() + 1);
        const bool printable = *bad >= ' ' && *bad < 0x7f;
        return base::Error{Errc::invalid_argument,
                           "the device id has " +
                               (printable ? "'" + std::string(1, *bad) + "'" : "a character") +
                               " at position " + position +
                               "; allowed are A-Z a-z 0-9 and - . + % _ # * ? ! ( ) , : = @ $ '"};
    }
    return {};
}

}  // namespace protocol
