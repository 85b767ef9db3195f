#include "scheduler/cli/event_reader.hpp"

#include <utility>

namespace cli {

base::Result<void> EventReader::feed(std::string_view bytes) {
    for (const char c : bytes) {
        if (std::exchange(after_return_, false) && c == '\n') continue;
        if (c == '\n' || c == '\r') {
            after_return_ = c == '\r';
            line(std::exchange(line_, {}));
            continue;
        }
        line_ += c;
        if (line_.size() + event_.data.size() > most_bytes) {
            return base::Error{base::Errc::too_large, "an event of the hub's stream is larger than " +
                                                          std::to_string(most_bytes) + " bytes"};
        }
    }
    return {};
}

void EventReader::line(std::string_view text) {
    if (text.empty()) {
        if (event_.kind.empty()) event_.kind = "message";
        if (std::exchange(has_data_, false)) take_(event_);
        event_.kind.clear();
        event_.data.clear();
        return;
    }
    const auto colon = text.find(':');
    const std::string_view field = text.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") {
        event_.kind = value;
    } else if (field == "data") {
        if (std::exchange(has_data_, true)) event_.data += '\n';
        event_.data += value;
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
        event_.id = value;
    }
}

}  // namespace cli
