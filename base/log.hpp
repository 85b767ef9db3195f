#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace base {

// The values are journald's priorities (sd-daemon(3)).
enum class Level { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

// One key=value of a log line. Text that holds spaces, quotes or control characters is quoted and escaped.
struct Field {
    std::string_view key;
    std::string value;

    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    Field(std::string_view k, const std::string& v) : key(k), value(v) {}
    Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
    template <typename T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) Field(std::string_view k, T v)
        : key(k), value(std::to_string(v)) {}
};

// One line per event: `event=bolt_jammed travel_ms=3000`. Thread-safe as far as its sink is; the default sink
// is one write(2) to stderr a line, with journald's priority prefix when stderr goes to the journal. Never a
// secret: callers pass no keys, tokens or connection strings.
class Log {
  public:
    using Sink = std::function<void(Level, std::string_view line)>;

    explicit Log(Level most = Level::info);
    Log(Level most, Sink sink) : most_(most), sink_(std::move(sink)) {}

    void error(std::string_view event, std::initializer_list<Field> fields = {}) const;
    void warning(std::string_view event, std::initializer_list<Field> fields = {}) const;
    void notice(std::string_view event, std::initializer_list<Field> fields = {}) const;
    void info(std::string_view event, std::initializer_list<Field> fields = {}) const;
    void debug(std::string_view event, std::initializer_list<Field> fields = {}) const;

  private:
    void write(Level level, std::string_view event, std::initializer_list<Field> fields) const;

    Level most_;
    Sink sink_;
};

// "error", "warning", "notice", "info", "debug" → Level; anything else is nothing.
[[nodiscard]] bool parse_level(std::string_view text, Level& level);

}  // namespace base
