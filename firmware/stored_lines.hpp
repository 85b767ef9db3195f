#pragma once

#include "firmware/lock.hpp"
#include "hal/descriptor.hpp"
#include "hal/gpio.hpp"
#include "hal/gpiod/adopted_line.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace firmware {

// A descriptor of systemd's store, with the name under which it was left there.
using StoredDescriptor = std::pair<std::string, hal::Descriptor>;

// What systemd has passed to this process at its start ($LISTEN_FDS, $LISTEN_FDNAMES; sd_listen_fds(3)): at
// most
// 16. The variables are taken out of the environment. Nothing if they are meant for
// another process.
[[nodiscard]] std::vector<StoredDescriptor> take_stored_descriptors();

// The name under which a line's request is left: one that changes with the line and with how it is wired, so
// that after a change of the configuration nothing is adopted that is no longer meant.
[[nodiscard]] std::string store_name(const hal::LineConfig& line);

// What of it a kind of lock may adopt. One that power holds locked: all. For any other, power means something
// else, a motor that runs or a strike that is open: nothing, and the kernel releases those lines.
[[nodiscard]] std::vector<StoredDescriptor> meant_for(LockKind kind, std::vector<StoredDescriptor> stored);

// A source whose outputs may still be under power, kept by systemd through a planned restart. Such a line is
// adopted with the value that it has; any other comes from the source within.
class StoredLines final : public hal::LineSource {
  public:
    StoredLines(std::unique_ptr<hal::LineSource> within, std::vector<StoredDescriptor> stored,
                hal::LineIoctl ioctl = {});

    base::Result<std::unique_ptr<hal::OutputLine>> request_output(const hal::LineConfig& config,
                                                                  bool initially_active) override;
    base::Result<std::unique_ptr<hal::InputLine>> request_input(const hal::LineConfig& config) override;
    // Closes what nobody has asked for; the kernel releases those lines.
    void release_others() { stored_.clear(); }

  private:
    std::unique_ptr<hal::LineSource> within_;
    std::vector<StoredDescriptor> stored_;
    hal::LineIoctl ioctl_;
};

}  // namespace firmware
