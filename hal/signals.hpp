#pragma once

#include "base/result.hpp"
#include "hal/descriptor.hpp"
#include "hal/event_loop.hpp"

#include <functional>
#include <initializer_list>
#include <memory>

namespace hal {

// Signals as events of the loop, by signalfd(2): the handler is ordinary code and may do anything.
class SignalWatch {
  public:
    // Blocks the signals in the calling thread and in every thread it starts from now on: call it in main
    // before anything starts a thread (Paho, the cut-off, the storage thread). `handler` gets the signal's
    // number.
    [[nodiscard]] static base::Result<std::unique_ptr<SignalWatch>> create(EventLoop& loop,
                                                                           std::initializer_list<int> signals,
                                                                           std::function<void(int)> handler);
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    // The signals stay blocked.
    ~SignalWatch() = default;

  private:
    SignalWatch(Descriptor fd, std::function<void(int)> handler);
    void take();

    Descriptor fd_;
    std::function<void(int)> handler_;
    EventLoop::Registration readable_;
};

}  // namespace hal
