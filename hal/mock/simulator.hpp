#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "hal/event_loop.hpp"
#include "hal/mock/control_socket.hpp"
#include "hal/mock/vcd.hpp"
#include "hal/mock/wiring.hpp"

#include <memory>
#include <string>

namespace hal {

// Runs a wiring on a loop, in real time: what `doorlockd --simulate` has in place of a Raspberry Pi.
class Simulator {
  public:
    struct Options {
        std::string vcd_file{};        // where every transition is recorded; empty: nowhere
        std::string control_socket{};  // the path of a Unix socket for commands; empty: none
        // Where the bolt's position is kept, so that a process that was killed finds it where it was; empty:
        // it starts where its configuration says.
        std::string state_file{};
    };

    // `wiring` has all its parts; restores their positions before it returns, so request lines afterwards.
    // An unreadable state file is a warning, not an error.
    [[nodiscard]] static base::Result<std::unique_ptr<Simulator>> start(EventLoop& loop, Wiring& wiring,
                                                                        const base::Clock& clock,
                                                                        const base::Log& log,
                                                                        const Options& options);
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;
    // The lines of the wiring are no longer driven by time; the socket is closed and its file removed.
    ~Simulator();

  private:
    Simulator(EventLoop& loop, Wiring& wiring, const base::Log& log, Options options);
    [[nodiscard]] base::Result<void> begin(const base::Clock& clock);
    void load();
    void save();
    void tick();

    EventLoop& loop_;
    Wiring& wiring_;
    const base::Log& log_;
    Options options_;
    std::string saved_;
    bool save_failed_ = false;
    std::shared_ptr<VcdWriter> vcd_;
    std::unique_ptr<ControlSocket> control_;
    EventLoop::Registration timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // posted work holds it weakly
};

}  // namespace hal
