#include "scheduler/cli/arguments.hpp"

#include "scheduler/cli/drafts.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace cli {

namespace {

constexpr const char* about = "lockctl commands doors, through lockhub or through any Azure IoT Hub.";

constexpr const char* footer =
    "\nThe hub is the first of these that is there: --connection, --connection-file,\n"
    "$LOCKCTL_CONNECTION_STRING, $LOCKCTL_CONNECTION_FILE, ~/.local/share/lockhub/lockctl.json,\n"
    "/var/lib/lockhub/lockctl.json. $LOCKCTL_CA stands for --ca.\n"
    "\nExit status: 0 done; 1 wrong usage, or an error; 2 the job was cancelled; 3 a door refused\n"
    "or failed; 4 not authorised; 5 nothing matched; 6 timed out; 7 this hub cannot do that.\n"
    "\nMore in lockctl(1).";

// Reads what CLI11 has collected into a command, once all of it is there.
using Finish = std::function<base::Result<Command>()>;

std::string not_empty(const std::string& text) {
    return text.empty() ? "it is empty; leave the option out to have one made up" : "";
}

// The subcommands. The one that is used leaves its Finish in `chosen`.
class Grammar {
  public:
    Grammar(CLI::App& app, Finish& chosen) : app_(app), chosen_(chosen) {}

    void add_all() {
        add_actuate(Actuate::Target::locked);
        add_actuate(Actuate::Target::unlocked);
        add_status();
        add_invoke();
        add_job();
        add_twin();
        add_device();
        add_query();
        add_policy();
    }

  private:
    // A subcommand that fills a T: a draft that has to be read, or the command itself.
    template <typename T>
    std::pair<CLI::App&, T&> add(CLI::App& parent, const char* name, const char* what, T initial = T()) {
        auto fields = std::make_shared<T>(std::move(initial));
        CLI::App* sub = parent.add_subcommand(name, what);
        sub->callback([&chosen = chosen_, fields] {
            chosen = [fields]() -> base::Result<Command> {
                if constexpr (std::is_constructible_v<Command, const T&>) {
                    return Command(*fields);
                } else {
                    return finish(*fields);
                }
            };
        });
        return {*sub, *fields};
    }
    CLI::App& add_group(const char* name, const char* what) {
        CLI::App* sub = app_.add_subcommand(name, what);
        sub->require_subcommand(1);
        return *sub;
    }
    static void add_id(CLI::App& app, std::string& id, const char* what) {
        app.add_option("ID", id, what)->required();
    }

    static void add_times(CLI::App& app, TimesDraft& times) {
        app.add_option("--timeout", times.response, "How long the device may take to answer, 5s to 5m [30s]")
            ->type_name("DURATION");
        app.add_option("--connect-timeout", times.connect,
                       "How long to wait for one that is not connected, 0s to 5m [0s]")
            ->type_name("DURATION");
    }

    void add_actuate(Actuate::Target target) {
        const bool locks = target == Actuate::Target::locked;
        auto [app, draft] =
            add<ActuateDraft>(app_, locks ? "lock" : "unlock", locks ? "Lock doors" : "Unlock doors");
        draft.target = target;
        app.add_option("DEVICE", draft.devices, "The doors")->required();
        app.add_option("--for", draft.hold,
                       "For how long, e.g. 10m; then the door goes back to its resting state")
            ->type_name("DURATION");
        app.add_option(
               "--command-id", draft.command_id,
               "Repeat a command under the id it had: a door that has carried it out does not move again")
            ->type_name("ID")
            ->check(not_empty);
        add_times(app, draft.times);
    }
    void add_status() {
        auto [app, command] = add<Status>(app_, "status", "Ask doors how they are");
        app.add_option("DEVICE", command.devices, "The doors")->required();
    }
    void add_invoke() {
        auto [app, draft] = add<InvokeDraft>(app_, "invoke", "Call any direct method of a device");
        app.add_option("DEVICE", draft.device, "The device")->required();
        app.add_option("METHOD", draft.method, "The method's name")->required();
        app.add_option("--payload", draft.payload, "What the method gets [null]")->type_name("JSON");
        add_times(app, draft.times);
    }

    void add_job() {
        auto& job = add_group("job", "Schedule work on many devices");
        add_job_create(job);
        auto [list, filter] = add<JobList>(job, "list", "List the jobs of the last 30 days");
        list.add_option("--status", filter.status, "Only those with this status, e.g. running");
        list.add_option("--type", filter.type, "Only scheduleDeviceMethod, or only scheduleUpdateTwin");
        auto [show, shown] = add<JobShow>(job, "show", "Show a job and its counts");
        add_id(show, shown.id, "The job");
        auto [watch, watched] = add<JobWatch>(job, "watch", "Follow a job until it is over");
        add_id(watch, watched.id, "The job");
        auto [results, asked] = add<JobResults>(job, "results", "List what became of a job on each device");
        add_id(results, asked.id, "The job");
        results.add_flag("--failed", asked.failed_only, "Only the devices that failed or refused");
        auto [cancel, cancelled] = add<JobCancel>(job, "cancel", "Cancel a job that has not started");
        add_id(cancel, cancelled.id, "The job");
        cancel.add_flag("--force", cancelled.force, "A running job too (lockhub only)");
    }
    void add_job_create(CLI::App& job) {
        auto [app, draft] = add<JobDraft>(job, "create", "Create a job: a method call, or a change of twins");
        app.add_option("--where", draft.where, "For which devices, e.g. \"tags.building = 43\"; '*' for all")
            ->type_name("CONDITION");
        app.add_option("--device", draft.devices, "For this device; may be repeated")
            ->type_name("ID")
            ->allow_extra_args(false);
        app.add_option("--method", draft.method, "Call this direct method")->type_name("NAME");
        app.add_option(
               "--payload", draft.payload,
               "What the method gets; lockDoor and unlockDoor get a commandId as well, unless it has one")
            ->type_name("JSON");
        add_times(app, draft.times);
        app.add_option("--desired", draft.desired,
                       "Set desired properties: building=43,floor=3; may be repeated")
            ->type_name("NAME=VALUE")
            ->allow_extra_args(false);
        app.add_option("--tag", draft.tags, "Set tags; may be repeated")
            ->type_name("NAME=VALUE")
            ->allow_extra_args(false);
        app.add_option("--in", draft.in, "Start so long from now, e.g. 20s")->type_name("DURATION");
        app.add_option("--at", draft.at, "Start then, e.g. 2026-11-21T02:00+01:00")->type_name("TIME");
        app.add_option("--max-time", draft.max_time, "Devices that are not done by then have failed [1h]")
            ->type_name("DURATION");
        app.add_option("--id", draft.id, "The job's id; one is made up if it is not given")
            ->type_name("ID")
            ->check(not_empty);
        app.add_flag("--wait", draft.wait, "Follow the job until it is over, and end with its status");
    }

    void add_twin() {
        auto& twin = add_group("twin", "Show and change device twins");
        auto [show, shown] = add<TwinShow>(twin, "show", "Show tags, desired and reported properties");
        add_id(show, shown.id, "The device");
        for (const bool tags : {false, true}) {
            auto [app, draft] = add<TwinDraft>(twin, tags ? "tag" : "set",
                                               tags ? "Change tags" : "Change desired properties");
            draft.tags = tags;
            add_id(app, draft.id, "The device");
            app.add_option("NAME=VALUE", draft.assignments,
                           "What to change. VALUE is JSON, or else text; null deletes; dots in NAME nest")
                ->required();
        }
    }

    void add_device() {
        auto& device = add_group("device", "Register, list and remove devices");
        auto [app, command] =
            add<DeviceAdd>(device, "add", "Register a device and print its connection string");
        add_id(app, command.id, "The new device's id");
        app.add_option("--connection-file", command.connection_file,
                       "Write it into this file (mode 0600) instead")
            ->type_name("FILE");
        app.add_flag("--disabled", command.disabled, "Do not let the device connect yet");
        add<DeviceList>(device, "list", "List the devices");
        auto [show, shown] = add<DeviceShow>(device, "show", "Show a device's identity");
        add_id(show, shown.id, "The device");
        show.add_flag("--connection-string", shown.connection_string, "Print its connection string instead");
        auto [remove, removed] =
            add<DeviceRemove>(device, "remove", "Remove a device, its keys and its twin");
        add_id(remove, removed.id, "The device");
    }

    void add_query() {
        auto [app, command] = add<RunQuery>(app_, "query", "Ask the hub in IoT Hub's query language");
        app.add_option("QUERY", command.text, "E.g. \"SELECT * FROM devices WHERE tags.building = 43\"")
            ->required();
    }

    void add_policy() {
        auto& policy = add_group("policy", "List and add shared access policies (lockhub only)");
        add<PolicyList>(policy, "list", "List the policies and their rights");
        auto [app, command] = add<PolicyAdd>(policy, "add", "Add a policy and print its connection string");
        app.add_option("NAME", command.name, "The policy's name")->required();
        app.add_option("--rights", command.rights,
                       "Of registryRead, registryWrite, serviceConnect, deviceConnect; separated by commas")
            ->type_name("RIGHTS")
            ->required();
    }

    CLI::App& app_;
    Finish& chosen_;
};

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
    app.add_option("-o,--output", format, "How results are printed: table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT");
    Grammar(app, chosen).add_all();
    app.footer(footer);  // after the subcommands, which would inherit it

    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return notice(app, error);
    }
    auto command = chosen();
    if (!command) return Notice{Exit::failure, command.error().message};
    invocation.format = format == "json" ? Format::json : Format::table;
    invocation.command = std::move(*command);
    return invocation;
}

}  // namespace cli
