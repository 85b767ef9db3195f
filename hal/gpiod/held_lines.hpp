#pragma once

#include "base/result.hpp"
#include "hal/gpio.hpp"
#include "hal/gpiod/source.hpp"

#include <string>
#include <vector>

namespace hal {

// The lines that this process has asked for, so that it can be told when it asks for one of them once more by
// another name: the kernel only says that somebody holds it.
class HeldLines {
  public:
    void add(const LineDescription& line, const LineConfig& config);
    // Why `line` was refused to `config`: `error` itself, or that this process holds it already.
    [[nodiscard]] base::Error explain(base::Error error, const LineDescription& line,
                                      const LineConfig& config) const;

  private:
    struct Held {
        std::string chip;
        unsigned offset = 0;
        std::string name;  // as it was asked for
        std::string consumer;
    };
    std::vector<Held> held_;  // one for each line of the machine, at most
};

}  // namespace hal
