#include "scheduler/cli/events_command.hpp"

#include "base/json.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/event_reader.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cli {

namespace {

// The hub sends a comment each fifteen seconds; three that are missing are a dead connection.
constexpr std::chrono::seconds silence{45};
constexpr std::chrono::seconds again_after{1};
constexpr std::size_t time_width = 19;  // without the fraction of a second

// What the stream says of itself; everything else is an event of the hub.
bool is_remark(const StreamedEvent& event) {
    return event.kind == "gap" || event.kind == "dropped" || event.kind == "expired";
}

// When it happened. An older lockhub does not say of a job's state when that came.
std::string time_of(base::JsonView event) {
    for (const char* name : {"time", "enqueuedTime"}) {
        const std::string time = cell(event.find(name));
        if (time.size() >= time_width) return time.substr(0, time_width) + "Z";
    }
    return {};
}

// A job's record is long; what people want to know of it is short.
std::string words_of_job(base::JsonView record) {
    const JobRecord job = read_job(record);
    std::string out = job.status + "  " + job.what;
    if (job.counted) {
        out += "  " + std::to_string(job.succeeded + job.failed) + "/" + std::to_string(job.devices);
    }
    if (job.failed > 0) out += "  failed " + std::to_string(job.failed);
    if (job.cancelled > 0 && job.is_over()) out += "  not begun " + std::to_string(job.cancelled);
    if (!job.failure_reason.empty()) out += "  " + job.failure_reason;
    return out;
}

std::string words_of(const StreamedEvent& event) {
    auto json = base::Json::parse(event.data, {.bytes = event.data.size()});
    if (!json || !json->is_object()) return event.kind + "  " + event.data;
    std::string out = time_of(*json);
    const std::string who = cell(json->find(event.kind == "job" ? "jobId" : "deviceId"));
    for (const char* shown : {"time", "deviceId", "jobId", "enqueuedTime"})
        json->erase(shown);
    if (!out.empty()) out += "  ";
    out += event.kind + "  ";
    if (!who.empty()) out += who + "  ";
    if (event.kind == "job") return out + words_of_job(*json);
    return out + json->dump();
}

// Of a name that is wrong nothing would ever come, and nobody would know why. It may be registered later, and
// what the hub has kept may be of a device that is gone.
void warn_of_unknown_device(const std::string& id, Context& context) {
    if (id.empty() || id.find('/') != std::string::npos) return;  // a module's twin stands elsewhere
    const auto twin = context.service.call(get_twin(id));
    if (twin || twin.error().code != base::Errc::not_found) return;
    context.output.err << "there is no device '" << printable(id)
                       << "' now; 'lockctl device list' shows those there are\n";
}

class Stream {
  public:
    Stream(const Events& command, Context& context)
        : command_(command),
          context_(context),
          elements_(context.output, {}),
          last_(command.after ? std::to_string(*command.after) : std::string()) {}

    Outcome run() {
        bool connected_before = false;
        while (goes_on()) {
            EventReader reader([this](const StreamedEvent& event) { take(event); });
            base::Result<void> read;
            bool heard = false;
            const auto done = context_.service.listen(listen_to_events(command_, last_),
                                                      {.take =
                                                           [&](std::string_view bytes) {
                                                               heard = true;
                                                               away_ = false;
                                                               if (read) read = reader.feed(bytes);
                                                           },
                                                       .more = [&] { return goes_on() && read; },
                                                       .silence = silence});
            if (!read) return failed(std::move(read).error());
            connected_before = connected_before || heard;
            if (!done && (!connected_before || !may_pass(done.error().code))) return failed(done.error());
            if (enough()) break;
            if (!done && !std::exchange(away_, true)) {
                context_.output.err << done.error().message << "; trying again until Ctrl-C\n";
            }
            if (!context_.pause(again_after)) break;
        }
        elements_.finish();
        if (enough()) return {};
        return {context_.is_unread() ? Exit::reader_gone : Exit::interrupted, {}};
    }

  private:
    [[nodiscard]] bool enough() const { return command_.count && seen_ >= *command_.count; }
    [[nodiscard]] bool goes_on() const {
        return !enough() && !context_.is_unread() && context_.pause(std::chrono::milliseconds(0));
    }

    void take(const StreamedEvent& event) {
        if (enough()) return;
        if (!event.id.empty()) last_ = event.id;
        if (is_remark(event)) {
            const auto json = base::Json::parse(event.data);
            const std::string said = json ? cell(json->find("message")) : event.data;
            context_.output.err << event.kind << ": " << printable(said) << '\n';
            return;
        }
        ++seen_;
        Output& output = context_.output;
        if (output.as_json()) {
            const bool numbered = !event.id.empty() && event.kind != "method";
            elements_.add(R"({"id":)" + (numbered ? event.id : "null") + R"(,"kind":)" +
                              base::quote_json(event.kind) + R"(,"data":)" + event.data + "}",
                          {});
        } else {
            output.out << printable(words_of(event)) << std::endl;  // a reader of the pipe waits for it
        }
    }

    const Events& command_;
    Context& context_;
    Elements elements_;
    std::string last_;  // the number of the event seen last; empty: none
    std::uint64_t seen_ = 0;
    bool away_ = false;
};

}  // namespace

Outcome run(const Events& command, Context& context) {
    const auto capabilities = context.service.capabilities();
    if (!capabilities) return failed(capabilities.error());
    if (!capabilities->features.contains("events")) {
        return {Exit::refused,
                "this hub has no event stream of lockhub's; of an Azure IoT Hub, 'az iot hub monitor-events' "
                "shows the telemetry"};
    }
    warn_of_unknown_device(command.device, context);
    // A hub on which nothing happens looks like one that does not answer.
    if (context.output.live) context.output.err << "listening; Ctrl-C ends it\n";
    return Stream(command, context).run();
}

}  // namespace cli
