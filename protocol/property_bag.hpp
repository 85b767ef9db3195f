#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace protocol {

// The properties of a message, as they stand behind the last slash of its topic (sheet §1.5). System
// properties begin with "$." (decoded): "$.mid", "$.ct", "$.ce" …
struct Property {
    std::string name;
    std::optional<std::string> value;  // nothing: "key" without '='

    bool operator==(const Property&) const = default;
};
using PropertyBag = std::vector<Property>;

inline constexpr std::size_t max_properties = 256;

// Reads "k=v&k=v" with percent-encoded names and values; a leading '?' and an empty bag are fine. An empty
// name, a broken escape, bytes that are no UTF-8 or more than max_properties are errors that name the
// property by its number.
[[nodiscard]] base::Result<PropertyBag> parse_property_bag(std::string_view text);

// The text that parse_property_bag reads back to the same bag.
[[nodiscard]] std::string format_property_bag(const PropertyBag& bag);

// The value of the first property of that name; nullptr if there is none.
[[nodiscard]] const Property* find_property(const PropertyBag& bag, std::string_view name);

}  // namespace protocol
