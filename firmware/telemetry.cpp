#include "firmware/telemetry.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "firmware/state_file.hpp"
#include "protocol/property_bag.hpp"
#include "protocol/topics.hpp"

#include <algorithm>
#include <utility>

namespace firmware {

namespace {

using std::chrono::seconds;

constexpr seconds write_pause{1};     // between writes: what comes meanwhile goes together
constexpr seconds note_delay{30};     // until delivered events are noted on the disk
constexpr seconds write_again{10};    // after the disk failed
constexpr seconds disk_patience{5};   // a message does not wait longer for a disk that does not answer
constexpr seconds send_retry{1};      // after the client took no more
constexpr seconds delivery_time{30};  // until PUBACK
constexpr std::size_t garbage = std::size_t{64} * 1024;  // in the file, before it is written anew

}  // namespace

Telemetry::Telemetry(TelemetryContent content, std::string id, std::string device, TelemetryLimits limits,
                     TelemetryStore& store, const base::Clock& clock, const base::Log& log,
                     std::function<void()> changed)
    : id_(content.id.empty() ? std::move(id) : std::move(content.id)),
      device_(std::move(device)),
      limits_(limits),
      store_(store),
      clock_(clock),
      log_(log),
      changed_(std::move(changed)),
      next_(content.next),
      dropped_(content.dropped),
      on_disk_(content.next - 1),
      file_bytes_(content.bytes),
      anew_(content.bytes == 0 || content.damaged),
      next_write_(clock.steady_now()) {
    for (TelemetryRecord& record : content.waiting) {
        make_room(record.body.size());
        bytes_ += record.body.size();
        waiting_.push_back({.number = record.number,
                            .body = std::move(record.body),
                            .added = clock_.steady_now(),
                            .durable = true,
                            .sent = std::nullopt});
    }
    gone_on_disk_ = waiting_.empty() ? next_ - 1 : waiting_.front().number - 1;
}

void Telemetry::add(const Event& event) {
    std::string body = make_body(event, next_);
    make_room(body.size());
    bytes_ += body.size();
    waiting_.push_back(
        {.number = next_++, .body = std::move(body), .added = clock_.steady_now(), .sent = std::nullopt});
    plan_write();
    send();
    changed_();
}

std::string Telemetry::make_body(const Event& event, std::uint64_t number) const {
    base::Json body = base::Json::object({{"seq", static_cast<std::int64_t>(number)},
                                          {"event", event.kind},
                                          {"clockTrusted", event.clock_trusted}});
    if (event.clock_trusted) body.set("at", base::format_iso8601(event.at));
    const base::Json bare = body;
    for (const base::JsonView fact : event.facts) {
        if (!body.find(fact.name()).exists()) body.set(fact.name(), base::Json(fact));
    }
    std::string text = body.dump();
    return text.size() <= longest_body ? text : bare.dump();
}

// The oldest goes, whether it is under way or not; what is under way may yet arrive.
void Telemetry::make_room(std::size_t bytes) {
    std::uint64_t lost = 0;
    while (!waiting_.empty() && (waiting_.size() >= limits_.events || bytes_ + bytes > limits_.bytes)) {
        if (!waiting_.front().delivered) ++lost;
        forget_front();
    }
    if (lost == 0) return;
    // Once for each time that the room ends, not for each event.
    if (dropped_ == 0 || dropped_ % 100 == 0) {
        log_.warning("telemetry_dropped", {{"dropped", dropped_ + lost}, {"waiting", waiting_.size()}});
    }
    dropped_ += lost;
}

void Telemetry::forget_front() {
    bytes_ -= waiting_.front().body.size();
    if (in_flight_ > 0) --in_flight_;
    waiting_.pop_front();
}

// ---- to the hub ----

void Telemetry::connected(Send send_now) {
    send_ = std::move(send_now);
    send();
}

void Telemetry::disconnected() {
    send_ = nullptr;
    in_flight_ = 0;
    send_again_.reset();
    for (Waiting& event : waiting_)
        event.sent.reset();
}

void Telemetry::delivered(std::uint64_t number) {
    const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                                 [number](const Waiting& event) { return event.number == number; });
    if (it == waiting_.end()) return;
    it->delivered = true;
    while (!waiting_.empty() && waiting_.front().delivered)
        forget_front();
    plan_write();
    send();
    changed_();
}

std::string Telemetry::topic_of(const Waiting& event) const {
    // The number alone names an event only once it is durable, and a dying disk does not hold up an alarm.
    // With the checksum no two events have one id, and the same event keeps its own.
    protocol::PropertyBag bag{
        {"$.mid", id_ + "-" + std::to_string(event.number) + "-" + std::to_string(crc32(event.body))},
        {"$.ct", "application/json"},
        {"$.ce", "utf-8"}};
    if (const auto body = base::Json::parse(event.body)) {
        if (const auto at = body->find("at").as_string()) bag.push_back({"$.ctime", std::string(*at)});
        if (const auto kind = body->find("event").as_string()) bag.push_back({"event", std::string(*kind)});
    }
    if (dropped_ > 0) bag.push_back({"dropped", std::to_string(dropped_)});
    return protocol::telemetry_topic(device_, protocol::format_property_bag(bag));
}

void Telemetry::send() {
    if (!send_) return;
    send_again_.reset();
    const auto now = clock_.steady_now();
    while (in_flight_ < std::min(window, waiting_.size())) {
        Waiting& event = waiting_[in_flight_];
        if (event.delivered) {
            ++in_flight_;
            continue;
        }
        if (!event.durable && !failing_ && now < event.added + disk_patience) {
            send_again_ = event.added + disk_patience;
            return;
        }
        if (auto sent = send_(topic_of(event), event.body, event.number); !sent) {
            send_again_ = now + send_retry;
            return;
        }
        event.sent = now;
        ++in_flight_;
    }
}

bool Telemetry::stalled() const {
    return in_flight_ > 0 && !waiting_.empty() && waiting_.front().sent &&
           *waiting_.front().sent + delivery_time <= clock_.steady_now();
}

// ---- to the disk ----

void Telemetry::plan_write() {
    if (writing_) return;
    const auto now = clock_.steady_now();
    const std::uint64_t gone = waiting_.empty() ? next_ - 1 : waiting_.front().number - 1;
    const bool new_events = !waiting_.empty() && waiting_.back().number > on_disk_;
    // A delivered event that never was on the disk leaves nothing to note but its number, in time.
    if (!new_events && gone <= gone_on_disk_) {
        write_due_.reset();
        return;
    }
    auto due = std::max(new_events ? now : now + note_delay, next_write_);
    if (hurry_ && !failing_) due = now;
    if (!write_due_ || due < *write_due_) write_due_ = due;
    if (*write_due_ <= now) write();
}

std::string Telemetry::whole_file() const {
    std::string text = telemetry_head(id_, waiting_.empty() ? next_ : waiting_.front().number, dropped_);
    for (const Waiting& event : waiting_)
        text += telemetry_event(event.body);
    return text;
}

void Telemetry::write() {
    write_due_.reset();
    writing_ = true;
    const auto now = clock_.steady_now();
    next_write_ = now + write_pause;
    const std::uint64_t gone = waiting_.empty() ? next_ - 1 : waiting_.front().number - 1;
    std::string lines;
    if (!anew_) {
        if (gone > gone_on_disk_) lines += telemetry_gone(gone, dropped_);
        for (const Waiting& event : waiting_) {
            if (event.number > on_disk_) lines += telemetry_event(event.body);
        }
        anew_ = file_bytes_ + lines.size() > bytes_ + garbage + waiting_.size() * 16;
    }
    const bool anew = anew_;
    if (anew) lines = whole_file();
    gone_on_disk_ = gone;
    const auto done = [this, up_to = next_ - 1, bytes = lines.size(),
                       anew](const base::Result<void>& outcome) { written(up_to, bytes, anew, outcome); };
    if (anew) {
        store_.replace(std::move(lines), done);
    } else {
        store_.append(std::move(lines), done);
    }
}

void Telemetry::written(std::uint64_t up_to, std::size_t bytes, bool anew,
                        const base::Result<void>& outcome) {
    writing_ = false;
    if (!outcome) {
        if (!std::exchange(failing_, true)) {
            log_.error("telemetry_not_saved", {{"reason", outcome.error().message}});
        }
        anew_ = true;
        next_write_ = clock_.steady_now() + write_again;
        gone_on_disk_ = 0;
    } else {
        failing_ = false;
        anew_ = false;
        file_bytes_ = anew ? bytes : file_bytes_ + bytes;
        on_disk_ = up_to;
        for (Waiting& event : waiting_)
            event.durable = event.durable || event.number <= up_to;
    }
    plan_write();
    send();
    changed_();
}

void Telemetry::hurry() {
    hurry_ = true;
    write_due_.reset();
    plan_write();
}

void Telemetry::tick() {
    const auto now = clock_.steady_now();
    if (write_due_ && *write_due_ <= now && !writing_) write();
    if (send_again_ && *send_again_ <= now) send();
}

std::optional<base::SteadyTime> Telemetry::next_due() const {
    std::optional<base::SteadyTime> due = writing_ ? std::nullopt : write_due_;
    const auto earlier = [&due](std::optional<base::SteadyTime> other) {
        if (other && (!due || *other < *due)) due = other;
    };
    earlier(send_again_);
    if (in_flight_ > 0 && waiting_.front().sent) earlier(*waiting_.front().sent + delivery_time);
    return due;
}

}  // namespace firmware
