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
    "cannot do that, or the devices are not those expected; 130 Ctrl-C while a job was followed,\n"
    "which goes on; 141 the reader of the output has gone away.\n"
    "\nMore in lockctl(1).";

Notice requested(const CLI::App& app, const CLI::ParseError& error) {
    std::ostringstream out;
    (void)app.exit(error, out, out);  // 0: help or version was asked for
    std::string text = out.str();
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return {Exit::ok, std::move(text)};
}

bool is(const CLI::ParseError& error, CLI::ExitCodes kind) {
    return error.get_exit_code() == static_cast<int>(kind);
}

Notice mistake(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* at = &app;
    std::string command = at->get_name();
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().back();
        command += " " + at->get_name();
    }
    const std::string help = "'" + command + " --help'";
    // CLI11 misses the subcommand before it minds the word that was to be one.
    const bool misses_command =
        is(error, CLI::ExitCodes::RequiredError) && at->get_require_subcommand_min() > 0;
    const auto words = app.remaining(true);
    if (!words.empty() && (misses_command || is(error, CLI::ExitCodes::ExtrasError))) {
        const std::string& word = words.front();
        if (word.starts_with('-'))
            return {Exit::failure, "there is no option '" + word + "'; " + help + " lists those there are"};
        if (misses_command)
            return {Exit::failure, "there is no command '" + word + "'; " + help + " lists those there are"};
        return {Exit::failure, "'" + word + "' is one word too many; see " + help};
    }
    if (misses_command) return {Exit::failure, "a command is missing; " + help + " lists those there are"};
    return {Exit::failure, std::string(error.what()) + "; see " + help};
}

// What help says of every command alike.
void complete_help(CLI::App& command) {
    for (CLI::Option* option : command.get_options()) {
        if (option->get_positional() && option->get_type_name() == "TEXT") option->type_name("");
    }
    command.footer(command.get_footer() +
                   "\nThe options of lockctl itself, such as -o json, may stand here too: lockctl --help.");
    for (CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
        complete_help(*sub);
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
    app.add_option(
           "-o,--output", format,
           "How results are printed: table, json (one document), jsonl (a line each) or csv (lists) [table]")
        ->check(CLI::IsMember({"table", "json", "jsonl", "csv"}))
        ->type_name("FORMAT");
    Grammar(app, chosen).add_all();
    std::string shell;
    CLI::App* completion =
        app.add_subcommand("completion", "Print what makes a shell complete lockctl's words");
    completion->add_option("SHELL", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
        complete_help(*sub);
    app.footer(footer);  // after the subcommands, which would inherit it

    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return error.get_exit_code() == 0 ? requested(app, error) : mistake(app, error);
    }
    if (completion->parsed()) return Notice{Exit::ok, completion_script(app, shell)};
    auto command = chosen();
    if (!command) return Notice{Exit::failure, command.error().message};
    invocation.format = format_named(format);
    invocation.command = std::move(*command);
    return invocation;
}

}  // namespace cli
