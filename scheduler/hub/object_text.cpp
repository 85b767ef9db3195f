#include "scheduler/hub/object_text.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"

#include <utility>

namespace hub {

void ObjectText::begin(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    text_ += base::quote_json(name);
    text_ += ':';
}

ObjectText& ObjectText::raw(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
}

ObjectText& ObjectText::text(std::string_view name, std::string_view value) {
    return raw(name, base::quote_json(value));
}

ObjectText& ObjectText::text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? raw(name, "null") : text(name, value);
}

ObjectText& ObjectText::number(std::string_view name, std::int64_t value) {
    return raw(name, std::to_string(value));
}

ObjectText& ObjectText::boolean(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
}

ObjectText& ObjectText::time(std::string_view name, const std::optional<base::SystemTime>& value) {
    return text(name, value ? base::format_iso8601(*value) : "0001-01-01T00:00:00Z");
}

std::string ObjectText::done() {
    text_ += '}';
    return std::move(text_);
}

}  // namespace hub
