#pragma once

#include "base/result.hpp"
#include "scheduler/cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cli {

// Reads what CLI11 has collected into a command, once all of it is there.
using Finish = std::function<base::Result<Command>()>;

// The subcommands. The one that is used leaves its Finish in `chosen`.
class Grammar {
  public:
    Grammar(CLI::App& app, Finish& chosen) : app_(app), chosen_(chosen) {}

    void add_all();

  private:
    // A subcommand that fills a T: a draft that has to be read, or the command itself.
    template <typename T>
    std::pair<CLI::App&, T&> add(CLI::App& parent, const char* name, const char* what, T initial = T());
    CLI::App& add_group(const char* name, const char* what);

    void add_doors();
    void add_actuate(Actuate::Target target);
    void add_job();
    void add_twin();
    void add_device();
    void add_policy();
    void add_audit();
    void add_hub();
    void add_simulate();

    CLI::App& app_;
    Finish& chosen_;
};

}  // namespace cli
