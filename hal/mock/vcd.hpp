#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "hal/descriptor.hpp"
#include "hal/mock/wave.hpp"
#include "hal/mock/wiring.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hal {

// Records a wiring as Value Change Dump (IEEE 1364-2005, §18), which GTKWave and PulseView open. Every change
// is handed to the kernel at once, so that a kill of the process loses nothing. Time scale 1 µs.
class VcdWriter {
  public:
    // Begins a file with these signals at their present values. A recording that is there is kept as
    // `path`.old. A write that fails, now or later, shows in health().
    [[nodiscard]] static base::Result<std::unique_ptr<VcdWriter>> create(
        const std::string& path, const std::vector<Wiring::SignalInfo>& signals, const base::Clock& clock);
    VcdWriter(const VcdWriter&) = delete;
    VcdWriter& operator=(const VcdWriter&) = delete;
    // Ends the recording at the clock's time.
    ~VcdWriter();

    void write(const Wiring::Transition& transition);
    // The first write error, if there was one; the recording ended there.
    [[nodiscard]] const base::Result<void>& health() const { return health_; }

  private:
    VcdWriter(Descriptor fd, const std::vector<Wiring::SignalInfo>& signals, const base::Clock& clock);
    void put(std::string_view text);
    [[nodiscard]] std::string time_text(base::SteadyTime at);

    Descriptor fd_;
    std::vector<Wiring::Kind> kinds_;
    const base::Clock& clock_;
    base::SteadyTime start_;
    std::chrono::microseconds last_{-1};
    base::Result<void> health_;
};

// The text of a VCD file. Bits and reals are understood, vectors are read as numbers; a last line that was
// torn by a kill is dropped. The error names the line.
[[nodiscard]] base::Result<Wave> parse_vcd(std::string_view text);

// The same from a file of at most 64 MiB.
[[nodiscard]] base::Result<Wave> read_vcd(const std::string& path);

}  // namespace hal
