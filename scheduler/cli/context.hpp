#pragma once

#include "base/clock.hpp"
#include "scheduler/cli/output.hpp"
#include "scheduler/cli/service.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace cli {

// What a command works with.
struct Context {
    Service& service;
    Output output;
    const base::Clock& clock;
    std::function<std::string()> new_id;                   // a UUID
    std::function<bool(std::chrono::milliseconds)> pause;  // false: Ctrl-C came meanwhile
    // The addresses of a host.
    std::function<base::Result<std::vector<std::string>>(const std::string& host)> resolve;
    // Whom to trust, for what connects by itself; empty: the system's authorities.
    std::string ca_file = {};
    // Nobody reads the output any more, so that a command which goes on may end.
    std::function<bool()> reader_is_gone = [] { return false; };

    [[nodiscard]] bool is_unread() const { return !output.out.good() || reader_is_gone(); }
};

}  // namespace cli
