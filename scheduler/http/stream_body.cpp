#include "scheduler/http/stream_body.hpp"

#include <utility>

namespace http {

void StreamBody::write(std::string_view bytes) {
    if (closed_ || finished_) return;
    waiting_ += bytes;
    if (ready_) ready_();
}

void StreamBody::finish() {
    finished_ = true;
    if (ready_ && !closed_) ready_();
}

void StreamBody::open(std::function<void()> ready) {
    ready_ = std::move(ready);
}

std::string StreamBody::take() {
    leaving_ = waiting_.size();
    return std::exchange(waiting_, {});
}

void StreamBody::left() {
    leaving_ = 0;
    if (waiting_.empty() && !finished_ && drained_) {
        const auto drained = drained_;  // it may drop this
        drained();
    }
}

void StreamBody::close() {
    if (std::exchange(closed_, true)) return;
    waiting_.clear();
    leaving_ = 0;
    ready_ = nullptr;
    drained_ = nullptr;
    if (const auto gone = std::exchange(gone_, nullptr)) gone();
}

}  // namespace http
