#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "hal/event_loop.hpp"
#include "hal/gpio.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace firmware {

// An input that counts only after it has been still for a time. Tells its first value, too, as soon as it is
// sure of it. One that cannot be read says nothing, or what it was told to take a dead line for.
class DebouncedInput {
  public:
    using Handler = std::function<void(bool active)>;

    [[nodiscard]] static base::Result<std::unique_ptr<DebouncedInput>> open(
        hal::LineSource& source, hal::EventLoop& loop, const base::Log& log, const hal::LineConfig& config,
        std::chrono::milliseconds still, Handler handler, std::optional<bool> when_dead = {});
    DebouncedInput(const DebouncedInput&) = delete;
    DebouncedInput& operator=(const DebouncedInput&) = delete;
    ~DebouncedInput() = default;

  private:
    DebouncedInput(hal::EventLoop& loop, const base::Log& log, std::string name,
                   std::chrono::milliseconds still, Handler handler, std::optional<bool> when_dead);
    void edge();
    void look();
    void tell(bool active);

    hal::EventLoop& loop_;
    const base::Log& log_;
    std::string name_;
    std::chrono::milliseconds still_;
    Handler handler_;
    std::optional<bool> when_dead_;
    std::optional<bool> told_;
    std::unique_ptr<hal::InputLine> line_;
    hal::EventLoop::Registration timer_;
};

}  // namespace firmware
