#include "scheduler/hub/refusal_log.hpp"

#include <utility>

namespace hub {

void RefusalLog::warn(std::string_view event, std::string_view peer, std::string_view reason) {
    const base::SteadyTime now = clock_.steady_now();
    if (written_ == 0 || now - began_ >= period) {
        began_ = now;
        written_ = 0;
    }
    if (written_ == most) {
        ++left_out_;
        return;
    }
    ++written_;
    if (left_out_ == 0) {
        log_.warning(event, {{"peer", peer}, {"reason", reason}});
    } else {
        log_.warning(event, {{"peer", peer}, {"reason", reason}, {"left_out", std::exchange(left_out_, 0)}});
    }
}

}  // namespace hub
