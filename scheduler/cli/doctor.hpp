#pragma once

#include "scheduler/cli/commands.hpp"
#include "scheduler/cli/context.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/exit.hpp"

#include <ostream>
#include <string>
#include <string_view>

namespace cli {

// Goes through what lockctl needs, in the order in which it is needed: the host's name, TLS and the service
// API, the clock, the token, each right, a round trip. Says of each whether it is well, and what cures it if
// it is not. Ends with Exit::ok, Exit::not_authorised if only rights are missing, else Exit::failure. Changes
// nothing.
Outcome run(const Doctor& command, Context& context);

struct Finding {
    enum class Verdict { well, warning, ill };
    Verdict verdict = Verdict::well;
    std::string_view what;
    std::string found;
    std::string cure = {};
};

// The findings, each as soon as it is there: a list, or lines for people.
class Report {
  public:
    explicit Report(Output& output);
    void tell(const Finding& finding);

  private:
    Output& output_;
    Elements elements_;
};

}  // namespace cli
