#include "scheduler/hub/etag.hpp"

namespace hub {

IfMatch IfMatch::parse(std::string_view header) {
    IfMatch condition;
    while (!header.empty() && header.front() == ' ')
        header.remove_prefix(1);
    while (!header.empty() && header.back() == ' ')
        header.remove_suffix(1);
    if (header.empty()) return condition;
    if (header.substr(0, 2) == "W/") header.remove_prefix(2);
    if (header.size() >= 2 && header.front() == '"' && header.back() == '"') {
        header = header.substr(1, header.size() - 2);
    }
    condition.etag_ = std::string(header);
    return condition;
}

bool IfMatch::allows(std::string_view etag) const {
    return !etag_ || *etag_ == "*" || *etag_ == etag;
}

}  // namespace hub
