#include "scheduler/hub/event_stream.hpp"

#include "scheduler/hub/object_text.hpp"

#include <algorithm>
#include <utility>

namespace hub {
namespace {

// Every line of the data gets its own field: JSON may hold line breaks between its tokens.
std::string frame(std::int64_t id, std::string_view kind, std::string_view data) {
    std::string text;
    text.reserve(data.size() + 64);
    if (id != 0) text += "id: " + std::to_string(id) + "\n";
    text += "event: ";
    text += kind;
    text += "\ndata: ";
    for (const char c : data) {
        if (c == '\r') continue;
        text += c;
        if (c == '\n') text += "data: ";
    }
    text += "\n\n";
    return text;
}

}  // namespace

bool EventFilter::passes(const Event& event) const {
    return kinds.at(static_cast<std::size_t>(event.kind)) &&
           (device_id.empty() || device_id == event.device_id);
}

struct EventStreams::Stream {
    EventFilter filter;
    std::optional<base::SystemTime> until;
    std::string policy;
    std::shared_ptr<http::StreamBody> body = std::make_shared<http::StreamBody>();
    std::int64_t cursor = 0;  // the last event of the log that was looked at
    bool live = false;        // it has caught up
    bool planned = false;     // another look at the log is under way
    bool follow = true;       // go on when it has
    bool ended = false;
};

EventStreams::EventStreams(Database& database, EventLog& log, Events& events, const base::Clock& clock,
                           Limits limits)
    : database_(database),
      log_(log),
      events_(events),
      clock_(clock),
      limits_(limits),
      due_(clock.steady_now() + limits.heartbeat) {
    events_.published.connect([this](const Event& event) { hear(event); });
}

EventStreams::~EventStreams() {
    for (const auto& stream : streams_) {
        stream->body->on_drained(nullptr);
        stream->body->on_closed(nullptr);
    }
}

std::shared_ptr<http::StreamBody> EventStreams::open(Request request) {
    auto stream = std::make_shared<Stream>();
    stream->filter = std::move(request.filter);
    stream->until = request.until;
    stream->policy = std::move(request.policy);
    stream->follow = request.follow;
    stream->cursor = request.after.value_or(events_.last_published());
    stream->live = !request.after && request.follow;
    const std::weak_ptr<Stream> weak = stream;
    stream->body->on_drained([this, weak] {
        if (const auto open = weak.lock()) plan_to_catch_up(open);
    });
    stream->body->on_closed([weak] {
        if (const auto open = weak.lock()) open->ended = true;
    });
    stream->body->write("retry: 3000\n\n");

    forget_ended();
    streams_.push_back(stream);
    plan_to_catch_up(stream);
    return stream->body;
}

// In a turn of its own, so that a long log does not hold up the loop.
void EventStreams::plan_to_catch_up(const std::shared_ptr<Stream>& stream) {
    if (stream->live || stream->ended || stream->planned) return;
    stream->planned = true;
    database_.after_commit([this, weak = std::weak_ptr<Stream>(stream)](const base::Result<void>&) {
        const auto open = weak.lock();
        if (!open) return;
        open->planned = false;
        catch_up(open);
    });
}

void EventStreams::catch_up(const std::shared_ptr<Stream>& stream) {
    if (stream->live || stream->ended) return;
    const std::int64_t newest = events_.last_published();
    if (const std::int64_t oldest = log_.oldest(); stream->cursor + 1 < oldest || stream->cursor > newest) {
        ObjectText gap;
        gap.number("after", stream->cursor).number("oldest", oldest).number("newest", newest);
        gap.text("message", "what lies between has been removed, or the number is of another log");
        stream->body->write(frame(0, "gap", gap.done()));
        stream->cursor = oldest - 1;
    }
    const std::int64_t until = std::min(newest, stream->cursor + static_cast<std::int64_t>(limits_.page));
    std::int64_t reached = until;
    log_.read(stream->cursor, until, [&](const Event& event) {
        if (stream->filter.passes(event)) send(*stream, event);
        if (stream->body->waiting() < limits_.waiting / 2) return true;
        reached = event.id;
        return false;
    });
    stream->cursor = reached;
    stream->live = reached >= newest;
    if (stream->live && !stream->follow) {
        stream->ended = true;
        stream->body->finish();
        return;
    }
    // With bytes on their way, it goes on when they have left.
    if (stream->body->waiting() == 0) plan_to_catch_up(stream);
}

void EventStreams::hear(const Event& event) {
    for (const auto& stream : streams_) {
        if (stream->ended || !stream->live) continue;
        if (event.id != 0) {
            if (event.id <= stream->cursor) continue;  // it was in the log already
            stream->cursor = event.id;
        }
        if (!stream->filter.passes(event)) continue;
        if (stream->body->waiting() + event.data.size() > limits_.waiting) {
            end(*stream, "dropped",
                "this reader is too slow; come again with Last-Event-ID, the hub has kept the rest");
        } else {
            send(*stream, event);
        }
    }
}

void EventStreams::send(Stream& stream, const Event& event) const {
    stream.body->write(frame(event.id, to_text(event.kind), event.data));
}

void EventStreams::end(Stream& stream, std::string_view kind, std::string_view why) const {
    stream.ended = true;
    stream.body->write(frame(0, kind, ObjectText().text("message", why).done()));
    stream.body->finish();
}

void EventStreams::policy_changed(std::string_view policy) {
    for (const auto& stream : streams_) {
        if (stream->ended || stream->policy != policy) continue;
        end(*stream, "expired",
            "the policy of the token was changed; come again with a token that is good, and Last-Event-ID");
    }
    forget_ended();
}

void EventStreams::forget_ended() {
    std::erase_if(streams_, [](const auto& stream) { return stream->ended; });
}

std::optional<base::SteadyTime> EventStreams::next_due() const {
    return streams_.empty() ? std::nullopt : std::optional(due_);
}

void EventStreams::tick() {
    const base::SteadyTime now = clock_.steady_now();
    if (now < due_) return;
    due_ = now + limits_.heartbeat;
    for (const auto& stream : streams_) {
        if (stream->ended) continue;
        if (stream->until && clock_.system_now() >= *stream->until) {
            end(*stream, "expired", "the token has ended; come again with a new one and Last-Event-ID");
        } else if (stream->body->waiting() == 0) {
            stream->body->write(":\n\n");
        }
    }
    forget_ended();
}

}  // namespace hub
