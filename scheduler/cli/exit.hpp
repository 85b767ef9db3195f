#pragma once

#include "base/result.hpp"

#include <string>
#include <utility>

namespace cli {

// What lockctl ends with; scripts rely on the numbers, lockctl(1) documents them.
enum class Exit : int {
    ok = 0,
    failure = 1,         // wrong usage, no connection, or the hub refused what was asked
    cancelled = 2,       // the job was cancelled
    some_failed = 3,     // a door refused, was not there, or failed
    not_authorised = 4,  // the policy's key or rights do not suffice
    nothing_matched = 5,
    timed_out = 6,
    refused = 7,        // a guard refused: the hub at hand would ignore what was asked
    interrupted = 130,  // Ctrl-C, as shells count it
    reader_gone = 141,  // nobody reads the output any more (| head), as shells count SIGPIPE
};

// How a command ended. `message` is for stderr, one sentence or more; empty when all has been said.
struct Outcome {
    Exit exit = Exit::ok;
    std::string message = {};
};

[[nodiscard]] inline Outcome failed(base::Error error) {
    switch (error.code) {
        case base::Errc::unauthorized:
            return {Exit::not_authorised, std::move(error.message)};
        case base::Errc::timeout:
            return {Exit::timed_out, std::move(error.message)};
        default:
            return {Exit::failure, std::move(error.message)};
    }
}

}  // namespace cli
