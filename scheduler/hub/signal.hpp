#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace hub {

// Tells everyone who asked at wiring time, in that order. Whoever connects outlives the last emit.
template <typename... Arguments>
class Signal {
  public:
    void connect(std::function<void(Arguments...)> listener) { listeners_.push_back(std::move(listener)); }
    void emit(Arguments... arguments) const {
        for (const auto& listener : listeners_) {
            listener(arguments...);
        }
    }

  private:
    std::vector<std::function<void(Arguments...)>> listeners_;
};

}  // namespace hub
