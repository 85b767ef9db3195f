#include "scheduler/cli/arguments.hpp"

#include "scheduler/cli/completion.hpp"
#include "scheduler/cli/grammar.hpp"

#include <CLI/CLI.hpp>

#include <sstream>
#include <utility>

namespace cli {

namespace {

constexpr const char* about = "lockctl commands doors, through lockhub or through any Azure IoT Hub.";

constexpr const char* footer =
    "\nThe hub is the first of these that is there: --connection, --connection-file,\n"
    "$LOCKCTL_CONNECTION_STRING, $LOCKCTL_CONNECTION_FILE, ~/.local/share/lockhub/lockctl.json,\n"
    "/var/lib/lockhub/lockctl.json. $LOCKCTL_CA stands for --ca.\n"
    "\nExit status: 0 done; 1 wrong usage, or an error; 2 the job was cancelled; 3 a door refused\n"
    "or failed; 4 not authorised; 5 nothing matched; 6 timed out; 7 a guard refused: this hub\n"
    "cannot do that, or the devices are not those expected.\n"
    "\nMore in lockctl(1).";

// CLI11 misses the subcommand before it minds the word that was to be one.
std::string unknown_command(const CLI::App& app) {
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty())
        at = at->get_subcommands().back();
    const auto words = app.remaining(true);
    if (words.empty() || words.front().starts_with('-')) return {};
    return "there is no command '" + words.front() + "'; '" + at->get_display_name() +
           " --help' lists those there are";
}

Notice notice(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_name() == "RequiredError") {
        auto text = unknown_command(app);
        if (!text.empty()) return {Exit::failure, std::move(text)};
    }
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    std::string text = code == 0 ? out.str() : err.str();
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return {code == 0 ? Exit::ok : Exit::failure, std::move(text)};
}

Format format_named(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "jsonl") return Format::jsonl;
    return name == "csv" ? Format::csv : Format::table;
}

}  // namespace

std::variant<Invocation, Notice> parse_arguments(const std::vector<std::string>& arguments) {
    Invocation invocation{{}, Format::table, DeviceList{}};
    Finish chosen;
    std::string format = "table";

    CLI::App app(about, "lockctl");
    app.set_version_flag("--version", "lockctl " DOORLOCK_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--connection", invocation.hub.connection,
                   "The hub's connection string, with a policy and its key")
        ->type_name("STRING");
    app.add_option("--connection-file", invocation.hub.file,
                   "A file that holds it, e.g. lockhub's lockctl.json")
        ->type_name("FILE");
    app.add_option("--ca", invocation.hub.ca_file, "Trust only this CA, e.g. lockhub's ca.pem")
        ->type_name("FILE");
    app.add_option("-o,--output", format, "How results are printed: table, json, jsonl or csv")
        ->check(CLI::IsMember({"table", "json", "jsonl", "csv"}))
        ->type_name("FORMAT");
    Grammar(app, chosen).add_all();
    std::string shell;
    CLI::App* completion =
        app.add_subcommand("completion", "Print what makes a shell complete lockctl's words");
    completion->add_option("SHELL", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    app.footer(footer);  // after the subcommands, which would inherit it

    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return notice(app, error);
    }
    if (completion->parsed()) return Notice{Exit::ok, completion_script(app, shell)};
    auto command = chosen();
    if (!command) return Notice{Exit::failure, command.error().message};
    invocation.format = format_named(format);
    invocation.command = std::move(*command);
    return invocation;
}

}  // namespace cli
