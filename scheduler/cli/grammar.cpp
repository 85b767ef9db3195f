#include "scheduler/cli/grammar.hpp"

#include "scheduler/cli/drafts.hpp"

namespace cli {

namespace {

std::string not_empty(const std::string& text) {
    return text.empty() ? "it is empty; leave the option out to have one made up" : "";
}

void add_id(CLI::App& app, std::string& id, const char* what) {
    app.add_option("ID", id, what)->required();
}

void add_times(CLI::App& app, TimesDraft& times) {
    app.add_option("--timeout", times.response, "How long the device may take to answer, 5s to 5m [30s]")
        ->type_name("DURATION");
    app.add_option("--connect-timeout", times.connect,
                   "How long to wait for one that is not connected, 0s to 5m [0s]")
        ->type_name("DURATION");
}

// What job create and job plan have in common.
void add_job_options(CLI::App& app, JobDraft& draft) {
    app.add_option("--where", draft.where, "For which devices, e.g. \"tags.building = 43\"; '*' for all")
        ->type_name("CONDITION");
    app.add_option("--device", draft.devices, "For this device; may be repeated")
        ->type_name("ID")
        ->allow_extra_args(false);
    app.add_option("--method", draft.method, "Call this direct method")->type_name("NAME");
    app.add_option("--payload", draft.payload,
                   "What the method gets; lockDoor and unlockDoor get a commandId as well, unless it has one")
        ->type_name("JSON");
    add_times(app, draft.times);
    app.add_option("--desired", draft.desired, "Set desired properties: building=43,floor=3; may be repeated")
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
    app.add_option("--rate", draft.rate, "At most so many devices a second (lockhub only)")
        ->type_name("NUMBER");
    app.add_option("--in-flight", draft.in_flight, "At most so many calls at once (lockhub only)")
        ->type_name("COUNT");
    app.add_option("--abort-after", draft.abort_after,
                   "Stop when so many have failed, e.g. 3 or 10% or 3,10% (lockhub only)")
        ->type_name("COUNT|SHARE");
    app.add_option("--waves", draft.waves,
                   "Go on only when those before succeeded: 1,10% is one, a tenth, the rest (lockhub only)")
        ->type_name("SIZES");
    app.add_option("--retry", draft.retry,
                   "Call a device up to so many times again, if it refuses for now or does not answer "
                   "(lockhub only)")
        ->type_name("COUNT");
    app.add_option("--retry-after", draft.retry_after, "First after this time, then after twice as long [5s]")
        ->type_name("DURATION");
    app.add_option("--retry-on", draft.retry_on, "Only on these: refused, timeout [refused,timeout]")
        ->type_name("CAUSES");
    app.add_option("--expect", draft.expect, "Refuse unless the condition means exactly so many devices now")
        ->type_name("COUNT");
}

}  // namespace

template <typename T>
std::pair<CLI::App&, T&> Grammar::add(CLI::App& parent, const char* name, const char* what, T initial) {
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

CLI::App& Grammar::add_group(const char* name, const char* what) {
    CLI::App* sub = app_.add_subcommand(name, what);
    sub->require_subcommand(1);
    return *sub;
}

void Grammar::add_all() {
    add_doors();
    add_job();
    add_twin();
    add_device();
    add_policy();
    add_audit();
    add_hub();
}

void Grammar::add_doors() {
    add_actuate(Actuate::Target::locked);
    add_actuate(Actuate::Target::unlocked);
    auto [status, asked] = add<Status>(app_, "status", "Ask doors how they are");
    status.add_option("DEVICE", asked.devices, "The doors")->required();
    auto [app, draft] = add<InvokeDraft>(app_, "invoke", "Call any direct method of a device");
    app.add_option("DEVICE", draft.device, "The device")->required();
    app.add_option("METHOD", draft.method, "The method's name")->required();
    app.add_option("--payload", draft.payload, "What the method gets [null]")->type_name("JSON");
    add_times(app, draft.times);
}

void Grammar::add_actuate(Actuate::Target target) {
    const bool locks = target == Actuate::Target::locked;
    auto [app, draft] =
        add<ActuateDraft>(app_, locks ? "lock" : "unlock", locks ? "Lock doors" : "Unlock doors");
    draft.target = target;
    app.add_option("DEVICE", draft.devices, "The doors")->required();
    app.add_option("--for", draft.hold,
                   "For how long, e.g. 10m; then the door goes back to its resting state")
        ->type_name("DURATION");
    app.add_option("--command-id", draft.command_id,
                   "Repeat a command under the id it had: a door that has carried it out does not move again")
        ->type_name("ID")
        ->check(not_empty);
    add_times(app, draft.times);
}

void Grammar::add_job() {
    auto& job = add_group("job", "Schedule work on many devices");
    auto [create, draft] = add<JobDraft>(job, "create", "Create a job: a method call, or a change of twins");
    add_job_options(create, draft);
    create.add_flag("--yes", draft.yes, "Every device is meant indeed, with --where '*'");
    create.add_flag("--dry-run", draft.dry_run, "Only say what the job would do now, as job plan does");
    create.add_flag("--wait", draft.wait, "Follow the job until it is over, and end with its status");
    create.footer(
        "\nlockctl job create --method lockDoor --payload '{\"lockTime\":\"10m\"}' \\\n"
        "    --where \"tags.building = 43\" --at 2026-11-21T02:00+01:00 --wait\n"
        "lockctl job create --device door-1 --desired building=43,floor=3 --in 20s\n");
    auto [plan, planned] =
        add<PlanDraft>(job, "plan", "Say which devices a job would reach, and how, without it");
    add_job_options(plan, planned);
    auto [list, filter] = add<JobList>(job, "list", "List the jobs of the last 30 days");
    list.add_option("--status", filter.status, "Only those with this status, e.g. running")
        ->type_name("STATUS");
    list.add_option("--type", filter.type, "Only scheduleDeviceMethod, or only scheduleUpdateTwin")
        ->type_name("TYPE");
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
    auto [retry, again] = add<JobRetry>(job, "retry", "Do a job again where it failed or did not begin");
    add_id(retry, again.id, "The job");
    retry.add_flag("--yes", again.yes, "Every device is meant indeed, if it was cancelled before its start");
    retry.add_flag("--wait", again.wait, "Follow the new job until it is over, and end with its status");
}

void Grammar::add_twin() {
    auto& twin = add_group("twin", "Show and change device twins");
    auto [show, shown] = add<TwinShow>(twin, "show", "Show tags, desired and reported properties");
    add_id(show, shown.id, "The device");
    for (const bool tags : {false, true}) {
        auto [app, draft] =
            add<TwinDraft>(twin, tags ? "tag" : "set", tags ? "Change tags" : "Change desired properties");
        draft.tags = tags;
        add_id(app, draft.id, "The device");
        app.add_option("NAME=VALUE", draft.assignments,
                       "What to change. VALUE is JSON, or else text; null deletes; dots in NAME nest")
            ->required();
    }
}

void Grammar::add_device() {
    auto& device = add_group("device", "Register, list and remove devices");
    auto [app, command] = add<DeviceAdd>(device, "add", "Register a device and print its connection string");
    add_id(app, command.id, "The new device's id");
    app.add_option("--connection-file", command.connection_file,
                   "Write it into this file (mode 0600) instead")
        ->type_name("FILE");
    app.add_flag("--disabled", command.disabled, "Do not let the device connect yet");
    add<DeviceList>(device, "list", "List the devices");
    auto [show, shown] = add<DeviceShow>(device, "show", "Show a device's identity");
    add_id(show, shown.id, "The device");
    show.add_flag("--connection-string", shown.connection_string, "Print its connection string instead");
    auto [remove, removed] = add<DeviceRemove>(device, "remove", "Remove a device, its keys and its twin");
    add_id(remove, removed.id, "The device");
}

void Grammar::add_policy() {
    auto& policy = add_group("policy", "List and add shared access policies (lockhub only)");
    add<PolicyList>(policy, "list", "List the policies and their rights");
    auto [app, command] = add<PolicyAdd>(policy, "add", "Add a policy and print its connection string");
    app.add_option("NAME", command.name, "The policy's name")->required();
    app.add_option("--rights", command.rights,
                   "Of registryRead, registryWrite, serviceConnect, deviceConnect; separated by commas")
        ->type_name("RIGHTS")
        ->required();
}

void Grammar::add_audit() {
    auto& audit = add_group("audit", "The hub's log of who commanded what (lockhub only)");
    auto [list, listed] = add<AuditList>(audit, "list", "List what was commanded, and what came of it");
    list.add_option("--last", listed.last, "Only of so many records, the newest; 0 for all [100]")
        ->type_name("COUNT")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}));
    auto [verify, verified] =
        add<AuditVerify>(audit, "verify", "Recompute the chain of hashes: was anything changed or cut?");
    verify
        .add_option("--mark", verified.mark_file,
                    "A file that keeps the mark of the last record from one time to the next")
        ->type_name("FILE");
}

void Grammar::add_hub() {
    auto [app, command] = add<RunQuery>(app_, "query", "Ask the hub in IoT Hub's query language");
    app.add_option("QUERY", command.text, "E.g. \"SELECT * FROM devices WHERE tags.building = 43\"")
        ->required();
    auto [events, wanted] =
        add<EventsDraft>(app_, "events", "Show what happens, as it happens (lockhub only)");
    events.add_option("--device", wanted.device, "Only of this device")->type_name("ID");
    events
        .add_option("--kind", wanted.kinds,
                    "Only telemetry, connection, twin, message, job, method, or some of them")
        ->type_name("KINDS");
    events.add_option("--after", wanted.after, "First what the hub has kept behind the event of this number")
        ->type_name("NUMBER");
    events.add_option("--count", wanted.count, "End after so many")->type_name("COUNT");
    add_simulate();
    add<Doctor>(app_, "doctor", "Find what keeps lockctl from working with the hub, and the cure");
}

void Grammar::add_simulate() {
    auto [app, draft] = add<SimulateDraft>(
        app_, "simulate",
        "Connect a fleet of simulated doors, until Ctrl-C; the hub takes them for real ones");
    app.add_option("-n,--count", draft.count, "How many, up to 20000 [1000]")->type_name("COUNT");
    app.add_option("--prefix", draft.prefix, "Their ids begin with this; a number follows [sim-]")
        ->type_name("TEXT");
    app.add_option("--building", draft.building, "Tag them with this building")->type_name("VALUE");
    app.add_option("--floor", draft.floor, "Tag them with this floor")->type_name("VALUE");
    app.add_option("--tag", draft.tags, "Tag them; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--delay", draft.delay, "How long a door takes to answer a method [200ms]")
        ->type_name("DURATION");
    app.add_option("--refuse", draft.refuse, "Share of the doors that refuse to move, e.g. 5%")
        ->type_name("SHARE");
    app.add_option("--silent", draft.silent, "Share of the doors that never answer, e.g. 1%")
        ->type_name("SHARE");
    app.add_option("--for", draft.duration, "End after this time instead of at Ctrl-C")
        ->type_name("DURATION");
    app.add_flag("--remove", draft.remove, "Remove them from the hub again at the end");
}

}  // namespace cli
