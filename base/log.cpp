#include "base/log.hpp"

#include "base/iso8601.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace base {
namespace {

std::string_view name_of(Level level) {
    switch (level) {
        case Level::error:
            return "error";
        case Level::warning:
            return "warning";
        case Level::notice:
            return "notice";
        case Level::info:
            return "info";
        case Level::debug:
            return "debug";
    }
    return "info";
}

bool is_plain(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7f || c == '"' || c == '\\' || c == '=') return false;
    }
    return true;
}

void append_value(std::string& line, std::string_view value) {
    if (is_plain(value)) {
        line += value;
        return;
    }
    constexpr std::string_view hex = "0123456789abcdef";
    line += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (c == '\n') {
            line += "\\n";
        } else if (byte < ' ' || byte == 0x7f) {
            line += "\\x";
            line += hex[byte >> 4U];
            line += hex[byte & 0xfU];
        } else {
            line += c;
        }
    }
    line += '"';
}

// One write(2) a line, so that lines of several threads and processes do not mix.
void write_to_stderr(Level level, std::string_view line, bool journal) {
    std::string text;
    if (journal) {
        text = "<" + std::to_string(static_cast<int>(level)) + ">";
    } else {
        text = format_iso8601(std::chrono::system_clock::now()).substr(0, 23) + "Z " +
               std::string(name_of(level)) + " ";
    }
    text += line;
    text += '\n';
    // Nobody is left to tell that standard error cannot be written.
    (void)!::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Log::Log(Level most) : most_(most) {
    // systemd sets it when standard error goes to the journal (systemd.exec(5)).
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    sink_ = [journal](Level level, std::string_view line) { write_to_stderr(level, line, journal); };
}

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) const {
    if (level > most_) return;
    std::string line = "event=";
    line += event;
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value);
    }
    sink_(level, line);
}

void Log::error(std::string_view event, std::initializer_list<Field> fields) const {
    write(Level::error, event, fields);
}
void Log::warning(std::string_view event, std::initializer_list<Field> fields) const {
    write(Level::warning, event, fields);
}
void Log::notice(std::string_view event, std::initializer_list<Field> fields) const {
    write(Level::notice, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<Field> fields) const {
    write(Level::info, event, fields);
}
void Log::debug(std::string_view event, std::initializer_list<Field> fields) const {
    write(Level::debug, event, fields);
}

bool parse_level(std::string_view text, Level& level) {
    constexpr std::array all{Level::error, Level::warning, Level::notice, Level::info, Level::debug};
    for (const Level candidate : all) {
        if (name_of(candidate) == text) {
            level = candidate;
            return true;
        }
    }
    return false;
}

}  // namespace base
