#pragma once

#include "base/json.hpp"
#include "scheduler/cli/output.hpp"

namespace cli {

// A twin for people: who it is, its tags, and each property with what is desired, what the device reports,
// and how it acknowledged (value, ac, av, ad: protocol sheet §8).
void print_twin(base::JsonView twin, const Output& output);

}  // namespace cli
