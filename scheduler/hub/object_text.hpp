#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// Writes a JSON object, member by member. Raw members pass byte for byte.
class ObjectText {
  public:
    ObjectText& raw(std::string_view name, std::string_view json);
    ObjectText& text(std::string_view name, std::string_view value);
    ObjectText& text_or_null(std::string_view name, std::string_view value);  // null when empty
    ObjectText& number(std::string_view name, std::int64_t value);
    ObjectText& boolean(std::string_view name, bool value);
    // ISO 8601; "0001-01-01T00:00:00Z" for what never happened, as IoT Hub writes it.
    ObjectText& time(std::string_view name, const std::optional<base::SystemTime>& value);
    [[nodiscard]] std::string done();

  private:
    void begin(std::string_view name);
    std::string text_ = "{";
};

}  // namespace hub
