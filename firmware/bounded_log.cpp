#include "firmware/bounded_log.hpp"

namespace firmware {

void BoundedLog::write(std::initializer_list<base::Field> fields) {
    const auto now = clock_.steady_now();
    if (ends_ && *ends_ <= now) close();
    if (!ends_) ends_ = now + window;
    if (written_ < most) {
        ++written_;
        (log_.*priority_)(event_, fields);
    } else {
        ++more_;
    }
}

void BoundedLog::tick() {
    if (ends_ && *ends_ <= clock_.steady_now()) close();
}

std::optional<base::SteadyTime> BoundedLog::next_due() const {
    return more_ > 0 ? ends_ : std::nullopt;
}

void BoundedLog::close() {
    if (more_ > 0) (log_.*priority_)(event_, {{"repeated", more_}, {"within_s", window.count()}});
    ends_.reset();
    written_ = 0;
    more_ = 0;
}

}  // namespace firmware
