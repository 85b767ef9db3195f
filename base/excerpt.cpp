#include "base/excerpt.hpp"

namespace base {

std::string excerpt(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    const auto continues = [text](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
    };
    while (most > 0 && continues(most))
        --most;
    return std::string(text.substr(0, most)) + "...";
}

}  // namespace base
