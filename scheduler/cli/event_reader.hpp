#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace cli {

struct StreamedEvent {
    std::string id;    // of the last event that had one, this included; empty: none had
    std::string kind;  // "message" if the stream names none
    std::string data;  // lines joined by '\n'
};

// Reads server-sent events (WHATWG HTML §9.2.6) out of bytes that come in any portions. Pure.
class EventReader {
  public:
    using Take = std::function<void(const StreamedEvent&)>;
    explicit EventReader(Take take) : take_(std::move(take)) {}

    // too_large: an event is larger than `most_bytes`; the reader is of no more use then.
    [[nodiscard]] base::Result<void> feed(std::string_view bytes);

    static constexpr std::size_t most_bytes = std::size_t{8} * 1024 * 1024;

  private:
    void line(std::string_view text);

    Take take_;
    std::string line_;
    StreamedEvent event_;
    bool has_data_ = false;
    bool after_return_ = false;  // a '\n' right now belongs to the '\r' before
};

}  // namespace cli
