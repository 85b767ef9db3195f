#pragma once

#include "base/result.hpp"
#include "hal/gpio.hpp"
#include "hal/gpiod/source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hal {

// What differs between libgpiod 1.x (v1.cpp) and 2.x (v2.cpp); CMake builds the one that is installed.

struct ChipDescription {
    std::string path{};                    // "/dev/gpiochip0"
    std::string name{};                    // "gpiochip0"
    std::string label{};                   // "pinctrl-bcm2711"
    std::vector<LineDescription> lines{};  // by offset
    int error = 0;  // errno, if it could not be opened or read; then there are no lines
};

// Opens the chip for as long as it takes to read it.
[[nodiscard]] ChipDescription read_chip(const std::string& path);

// An input as the kernel gives it, with edge detection on.
class KernelInput {
  public:
    virtual ~KernelInput() = default;
    // Readable when there are edges.
    [[nodiscard]] virtual int fd() const = 0;
    virtual base::Result<bool> value() = 0;
    // The edges that wait, without blocking; at most one buffer full.
    virtual base::Result<std::vector<Edge>> take_edges() = 0;

  protected:
    KernelInput() = default;
    KernelInput(const KernelInput&) = default;
    KernelInput& operator=(const KernelInput&) = default;
};

[[nodiscard]] base::Result<std::unique_ptr<OutputLine>> request_kernel_output(const std::string& chip_path,
                                                                              const LineDescription& line,
                                                                              const LineConfig& config,
                                                                              bool initially_active);
[[nodiscard]] base::Result<std::unique_ptr<KernelInput>> request_kernel_input(const std::string& chip_path,
                                                                              const LineDescription& line,
                                                                              const LineConfig& config);

}  // namespace hal
