#include "protocol/property_bag.hpp"

#include "protocol/ascii.hpp"
#include "protocol/percent.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace protocol {
namespace {

base::Error malformed(std::size_t number, std::string_view problem) {
    return {base::Errc::invalid_argument, "property " + std::to_string(number) + ": " + std::string(problem)};
}

base::Result<std::string> decode(std::string_view text, std::size_t number) {
    auto decoded = percent_decode(text);
    if (!decoded) return malformed(number, decoded.error().message);
    if (!is_utf8(*decoded)) return malformed(number, "not UTF-8");
    return decoded;
}

}  // namespace

base::Result<PropertyBag> parse_property_bag(std::string_view text) {
    PropertyBag bag;
    (void)consume(text, "?");  // may be there or not
    while (!text.empty()) {
        const std::size_t number = bag.size() + 1;
        if (number > max_properties) {
            return malformed(number, "at most " + std::to_string(max_properties) + " are allowed");
        }
        std::string_view rest = take_until(text, '&');
        const bool has_value = rest.find('=') != std::string_view::npos;
        auto name = decode(take_until(rest, '='), number);
        if (!name) return std::move(name).error();
        if (name->empty()) return malformed(number, "its name is empty");
        Property property{.name = *std::move(name), .value = std::nullopt};
        if (has_value) {
            auto value = decode(rest, number);
            if (!value) return std::move(value).error();
            property.value = *std::move(value);
        }
        bag.push_back(std::move(property));
    }
    return bag;
}

std::string format_property_bag(const PropertyBag& bag) {
    std::string text;
    for (const Property& property : bag) {
        if (!text.empty()) text += '&';
        text += percent_encode(property.name);
        if (property.value) text.append("=").append(percent_encode(*property.value));
    }
    return text;
}

const Property* find_property(const PropertyBag& bag, std::string_view name) {
    const auto found = std::find_if(bag.begin(), bag.end(),
                                    [name](const Property& property) { return property.name == name; });
    return found == bag.end() ? nullptr : &*found;
}

}  // namespace protocol
