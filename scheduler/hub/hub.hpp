#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/hub/settings.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace hub {

// One running lockhub: the domain, the ways to it, and the loop that drives them.
class Hub {
  public:
    struct Options {
        std::string directory;
        Settings settings;
        std::chrono::seconds token_grace{300};  // how long a token is good after its end
    };

    // Prepares what is missing, opens the database and both ports. Errors are one sentence that says what to
    // do. `clock` and `log` outlive the hub.
    [[nodiscard]] static base::Result<std::unique_ptr<Hub>> open(Options options, const base::Clock& clock,
                                                                 const base::Log& log);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // Serves until SIGTERM or SIGINT, or until stop().
    void run();
    // From any thread: lets the answers under way leave, and ends run().
    void stop();

  private:
    class Parts;
    explicit Hub(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace hub
