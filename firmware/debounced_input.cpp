#include "firmware/debounced_input.hpp"

#include <utility>

namespace firmware {

base::Result<std::unique_ptr<DebouncedInput>> DebouncedInput::open(
    hal::LineSource& source, hal::EventLoop& loop, const base::Log& log, const hal::LineConfig& config,
    std::chrono::milliseconds still, Handler handler, std::optional<bool> when_dead) {
    auto line = source.request_input(config);
    if (!line) return base::with_context(line.error(), config.consumer);
    std::unique_ptr<DebouncedInput> input(
        new DebouncedInput(loop, log, config.consumer, still, std::move(handler), when_dead));
    input->line_ = std::move(*line);
    input->line_->on_edge([raw = input.get()](hal::Edge) { raw->edge(); });
    input->timer_ = loop.call_after(still, [raw = input.get()] { raw->look(); });
    return input;
}

DebouncedInput::DebouncedInput(hal::EventLoop& loop, const base::Log& log, std::string name,
                               std::chrono::milliseconds still, Handler handler,
                               std::optional<bool> when_dead)
    : loop_(loop),
      log_(log),
      name_(std::move(name)),
      still_(still),
      handler_(std::move(handler)),
      when_dead_(when_dead) {}

void DebouncedInput::edge() {
    if (still_.count() == 0) return look();
    timer_ = loop_.call_after(still_, [this] { look(); });
}

void DebouncedInput::look() {
    const auto value = line_->read();
    if (!value) {
        log_.error("input_failed", {{"input", name_}, {"reason", value.error().message}});
        if (when_dead_) tell(*when_dead_);
        return;
    }
    tell(*value);
}

void DebouncedInput::tell(bool active) {
    if (told_ == active) return;
    told_ = active;
    handler_(active);
}

}  // namespace firmware
