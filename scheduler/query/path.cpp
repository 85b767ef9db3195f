#include "scheduler/query/path.hpp"

#include "scheduler/query/token.hpp"
#include "scheduler/query/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ql {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Letters beyond ASCII are part of names; the blanks, quotes and dashes that word processors put in are not.
bool is_foreign_letter(char32_t point) {
    const bool latin_signs = point < 0xC0 || point == 0xD7 || point == 0xF7;
    const bool signs = point >= 0x2000 && point <= 0x2BFF;  // punctuation, currencies, arrows, mathematics
    const bool wide_blank = point == 0x3000 || point == 0xFEFF;
    return !latin_signs && !signs && !wide_blank;
}

}  // namespace

std::string_view system_name(std::string_view name) {
    // Protocol sheet §2.5 (twins) and §2.7 (device-job rows).
    static constexpr std::array<std::string_view, 28> names = {
        "deviceId",
        "moduleId",
        "etag",
        "deviceEtag",
        "status",
        "statusReason",
        "statusUpdateTime",
        "connectionState",
        "lastActivityTime",
        "cloudToDeviceMessageCount",
        "authenticationType",
        "x509Thumbprint",
        "modelId",
        "version",
        "tags",
        "properties",
        "capabilities",
        "configurations",
        "deviceScope",
        "parentScopes",
        "jobId",
        "jobType",
        "startTimeUtc",
        "endTimeUtc",
        "createdDateTimeUtc",
        "lastUpdatedDateTimeUtc",
        "outcome",
        "error",
    };
    const auto* const found = std::find_if(names.begin(), names.end(),
                                           [name](std::string_view known) { return same_word(known, name); });
    return found == names.end() ? name : *found;
}

bool is_plain_name(std::string_view name) {
    if (name.empty() || is_digit(name.front())) return false;
    for (std::size_t at = 0; at < name.size();) {
        const Character character = character_at(name, at);
        if (!character.valid) return false;
        const char c = name[at];
        const bool part = character.length == 1 ? is_letter(c) || is_digit(c) || c == '_' || c == '$'
                                                : is_foreign_letter(character.point);
        if (!part) return false;
        at += character.length;
    }
    return true;
}

}  // namespace ql
