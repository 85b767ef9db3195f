// lockhub: IoT Hub on one machine. The grammar of its command line.

#include "base/private_memory.hpp"
#include "scheduler/hub/program.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string default_directory() {
    const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): before any thread exists
    return home != nullptr && *home != '\0' ? std::string(home) + "/.local/share/lockhub"
                                            : "/var/lib/lockhub";
}

void add_data_option(CLI::App& app, hub::ProgramOptions& given) {
    app.add_option("--data", given.directory, "Directory of the hub's database, keys and certificates")
        ->capture_default_str();
}

void add_settings_options(CLI::App& app, hub::ProgramOptions& given) {
    app.add_option("--hostname", given.settings.hostnames,
                   "Name under which devices and services know this machine; may be given more than once");
    app.add_option(
        "--listen", given.settings.listen,
        "IP address to listen on: 127.0.0.1 (the default) for this machine alone, 0.0.0.0 for all");
    app.add_option("--mqtt-port", given.settings.mqtt_port, "Port for devices (8883)")
        ->check(CLI::Range(1, 65535));
    app.add_option("--https-port", given.settings.https_port, "Port for services (8443)")
        ->check(CLI::Range(1, 65535));
    app.add_option("--keep-days", given.settings.event_days,
                   "Days for which telemetry and other events are kept (7)")
        ->check(CLI::Range(1, 3650));
    app.add_option("--keep-megabytes", given.settings.event_megabytes,
                   "Megabytes of them that are kept at the most (1024)")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--audit-megabytes", given.settings.audit_megabytes,
                   "Megabytes of the audit that are kept at the most (256)")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--log-level", given.log_level, "error, warning, notice, info or debug")
        ->check(CLI::IsMember({"error", "warning", "notice", "info", "debug"}))
        ->capture_default_str();
}

// --help and --version, or what is wrong with the command line.
int tell(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
        return app.exit(error);
    }
    const CLI::App* at = &app;
    std::string name = "lockhub";
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        name += " " + at->get_name();
    }
    std::string wrong = error.what();
    // CLI11 misses a subcommand before it minds the word that was to be one.
    const auto words = app.remaining(true);
    if (error.get_name() == "RequiredError" && !words.empty() && !words.front().starts_with('-')) {
        wrong = "there is no command '" + words.front() + "'";
    }
    std::fprintf(stderr, "lockhub: %s; see %s --help\n", wrong.c_str(), name.c_str());
    return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    base::keep_memory_private();
    hub::ProgramOptions given;
    given.directory = default_directory();
    std::string name;
    std::string rights;
    std::string x509;
    bool snippet = false;
    std::string file;

    CLI::App app(
        "lockhub: an IoT Hub on one machine, for doors that speak MQTT and services that speak HTTPS");
    app.set_version_flag("--version", "lockhub " DOORLOCK_VERSION);
    app.require_subcommand(1);

    CLI::App* run_command =
        app.add_subcommand("run", "Serve until SIGTERM; the first start makes what it needs");
    add_data_option(*run_command, given);
    add_settings_options(*run_command, given);
    run_command
        ->add_option("--token-grace", given.token_grace,
                     "Seconds for which a token is still good after its end")
        ->check(CLI::Range(0, 3600))
        ->capture_default_str();

    CLI::App* init_command = app.add_subcommand("init", "Make what a hub needs, without starting it");
    add_data_option(*init_command, given);
    add_settings_options(*init_command, given);

    CLI::App* device = app.add_subcommand("device", "Register devices");
    device->require_subcommand(1);
    CLI::App* device_add = device->add_subcommand("add", "Register a device and print its connection string");
    add_data_option(*device_add, given);
    device_add->add_option("ID", name, "Identifier of the device")->required();
    device_add->add_option("--x509", x509,
                           "It proves itself by certificate: this one (a PEM file, or its SHA-1 or SHA-256 "
                           "thumbprint), or, with 'ca', one in its name of a registered authority");
    device_add
        ->add_flag("--install-snippet", snippet,
                   "Print doorlockd's configuration file for the device, with its key in it")
        ->excludes("--x509");

    CLI::App* policy = app.add_subcommand("policy", "Shared access policies, the keys of services");
    policy->require_subcommand(1);
    CLI::App* policy_list = policy->add_subcommand("list", "List them and their rights");
    add_data_option(*policy_list, given);
    CLI::App* policy_add = policy->add_subcommand("add", "Make one and print its connection string");
    add_data_option(*policy_add, given);
    policy_add->add_option("NAME", name, "Name of the policy")->required();
    policy_add
        ->add_option("RIGHTS", rights,
                     "RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect; comma-separated")
        ->required();

    CLI::App* policy_roll = policy->add_subcommand(
        "roll", "Give one a new primary key and print its connection string; the old one is the secondary");
    add_data_option(*policy_roll, given);
    policy_roll->add_option("NAME", name, "Name of the policy")->required();

    CLI::App* index = app.add_subcommand("index", "Indexes on what queries ask for");
    index->require_subcommand(1);
    CLI::App* index_list = index->add_subcommand("list", "List the paths that have one");
    add_data_option(*index_list, given);
    CLI::App* index_add = index->add_subcommand("add", "Make one for a path of the twins");
    add_data_option(*index_add, given);
    index_add->add_option("PATH", name, "tags.building, properties.reported.lock.state, ...")->required();
    CLI::App* index_remove = index->add_subcommand("remove", "Remove one");
    add_data_option(*index_remove, given);
    index_remove->add_option("PATH", name, "As it was added")->required();

    CLI::App* backup =
        app.add_subcommand("backup", "Copy the database to a new file, while the hub runs or not");
    add_data_option(*backup, given);
    backup->add_option("FILE", name, "The copy; it holds every key")->required();
    CLI::App* check_command = app.add_subcommand("check", "Look for damage in the database");
    add_data_option(*check_command, given);

    CLI::App* ca = app.add_subcommand("ca", "The certificate authority that devices and services trust");
    ca->require_subcommand(1);
    CLI::App* ca_show = ca->add_subcommand("show", "Print its certificate (PEM)");
    add_data_option(*ca_show, given);
    CLI::App* ca_list = ca->add_subcommand("list", "List the authorities that vouch for devices");
    add_data_option(*ca_list, given);
    CLI::App* ca_add =
        ca->add_subcommand("add", "Let authorities vouch for devices, each in its common name");
    add_data_option(*ca_add, given);
    ca_add->add_option("FILE", file, "Their certificates (PEM)")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return tell(app, error);
    }

    if (run_command->parsed()) return hub::run_hub(given);
    if (init_command->parsed()) return hub::initialize(given);
    if (device_add->parsed() && snippet) return hub::administrate(given, {"device", "add", name, "snippet"});
    if (device_add->parsed()) return hub::add_device(given, name, x509);
    if (policy_roll->parsed()) return hub::administrate(given, {"policy", "roll", name});
    if (index_list->parsed()) return hub::administrate(given, {"index", "list"});
    if (index_add->parsed()) return hub::administrate(given, {"index", "add", name});
    if (index_remove->parsed()) return hub::administrate(given, {"index", "remove", name});
    if (backup->parsed()) return hub::back_up(given, name);
    if (check_command->parsed()) return hub::check(given);
    if (policy_list->parsed()) return hub::administrate(given, {"policy", "list"});
    if (policy_add->parsed()) return hub::administrate(given, {"policy", "add", name, rights});
    if (ca_show->parsed()) return hub::show_ca(given);
    if (ca_list->parsed()) return hub::administrate(given, {"ca", "list"});
    if (ca_add->parsed()) return hub::administrate_with_file(given, {"ca", "add"}, file);
    return EXIT_FAILURE;
}
