#pragma once

#include "base/result.hpp"
#include "hal/descriptor.hpp"
#include "hal/gpio.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hal {

// ioctl(2) as this place needs it: 0, or -1 and errno.
using LineIoctl = std::function<int(int fd, unsigned long request, void* argument)>;

// Drives a line by the descriptor of a request that another process made and left: libgpiod can only drive
// what it has requested itself, and the kernel gives a line that is held to nobody else. Speaks either
// version of the kernel's interface. Polarity, bias and drive are those of the request. The value does not
// change here. Errors: invalid_argument if the descriptor is no request of one output line.
[[nodiscard]] base::Result<std::unique_ptr<OutputLine>> adopt_output(Descriptor fd, std::string name,
                                                                     LineIoctl ioctl = {});

// The descriptors of this process that are requests of lines as version 1 of the kernel's interface makes
// them. libgpiod 1.x does not tell the one of an output; it is the one that is new behind the request.
[[nodiscard]] std::vector<int> line_handles();

}  // namespace hal
