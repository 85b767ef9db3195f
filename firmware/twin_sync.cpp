#include "firmware/twin_sync.hpp"

#include "firmware/mqtt_client.hpp"

#include <algorithm>
#include <utility>

namespace firmware {

namespace {

using std::chrono::seconds;

constexpr seconds longest_reply{30};  // beyond it the connection is taken as dead
constexpr seconds shortest_reply{5};
constexpr seconds busy_retry{10};  // after the hub was too busy

bool too_busy(int status) {
    return status == 429 || status >= 500;
}

}  // namespace

TwinSync::TwinSync(Twin& twin, Reported& reported, seconds liveness, const base::Clock& clock,
                   const base::Log& log, Seams seams)
    : twin_(twin),
      reported_(reported),
      liveness_(liveness),
      clock_(clock),
      log_(log),
      ignored_(log, clock, &base::Log::warning, "message_ignored"),
      gaps_(log, clock, &base::Log::info, "twin_gap"),
      seams_(std::move(seams)) {}

// Who wants to know soon does not wait long.
seconds TwinSync::reply_time() const {
    return std::clamp(liveness_, shortest_reply, longest_reply);
}

void TwinSync::connected() {
    stage_ = Stage::fetching;
    missing_ = true;
    fetch();
}

void TwinSync::disconnected() {
    stage_ = Stage::away;
    get_rid_.clear();
    get_due_.reset();
    once_more_ = false;
    patch_rid_.clear();
    patch_due_.reset();
    reported_.forget();
}

void TwinSync::fetch() {
    const auto now = clock_.steady_now();
    once_more_ = false;
    get_rid_ = next_rid();
    get_due_ = now + reply_time();
    (void)seams_.publish(protocol::twin_get_topic(get_rid_), " ");
    seams_.changed();
}

void TwinSync::report() {
    if (stage_ != Stage::online || patch_due_ || !patch_rid_.empty()) return;
    const auto patch = reported_.next_patch();
    if (!patch) return;
    patch_rid_ = next_rid();
    patch_due_ = clock_.steady_now() + reply_time();
    if (auto sent = seams_.publish(protocol::twin_reported_topic(patch_rid_), *patch); !sent) {
        log_.warning("report_not_sent", {{"reason", sent.error().message}});
    }
    seams_.changed();
}

void TwinSync::response(const protocol::TwinResponse& response, const std::string& payload) {
    if (stage_ == Stage::away) return;
    const bool of_get = !get_rid_.empty() && response.rid == get_rid_;
    const bool of_patch = !patch_rid_.empty() && response.rid == patch_rid_;
    if (!of_get && !of_patch) return;
    proved_ = clock_.steady_now();
    if (of_get) return fetched(response, payload);
    patched(response, payload);
}

void TwinSync::fetched(const protocol::TwinResponse& response, const std::string& payload) {
    get_rid_.clear();
    get_due_.reset();
    if (response.status != 200) {
        return not_fetched(response, "the hub answered the request for the twin with status " +
                                         std::to_string(response.status));
    }
    const auto twin = base::Json::parse(payload);
    if (!twin || !twin->find("desired").is_object()) {
        return not_fetched(response, "the hub's twin, of " + std::to_string(payload.size()) +
                                         " bytes, cannot be read: " +
                                         (twin ? "it has no object \"desired\"" : twin.error().message));
    }
    missing_ = false;
    twin_.full(twin->find("desired"));
    // A report under way may or may not be in this; its answer will tell.
    if (patch_rid_.empty()) reported_.adopt(twin->find("reported"));
    if (stage_ == Stage::fetching) {
        stage_ = Stage::online;
        seams_.synchronised();
    }
    if (once_more_) fetch();
    report();
    seams_.changed();
}

void TwinSync::not_fetched(const protocol::TwinResponse& response, const std::string& reason) {
    if (stage_ == Stage::fetching) return seams_.dead(reason);
    log_.warning("twin_not_fetched", {{"status", response.status}, {"reason", reason}});
    if (missing_) get_due_ = clock_.steady_now() + busy_retry;
    seams_.changed();
}

void TwinSync::oversized_response(const protocol::TwinResponse& response, std::size_t bytes) {
    if (get_rid_.empty() || response.rid != get_rid_) return this->response(response, "");
    proved_ = clock_.steady_now();
    get_rid_.clear();
    get_due_.reset();
    // It will not become smaller by itself: to be asked for again after a pause that grows.
    seams_.dead("the hub's answer to $iothub/twin/GET has " + std::to_string(bytes) +
                " bytes, and a door takes at most " + std::to_string(longest_payload) +
                "; remove what its twin is not for");
}

void TwinSync::patched(const protocol::TwinResponse& response, const std::string& payload) {
    patch_rid_.clear();
    patch_due_.reset();
    if (response.status < 300) {
        reported_.acknowledged();
    } else if (too_busy(response.status)) {
        reported_.lost();
        patch_due_ = clock_.steady_now() + busy_retry;
    } else {
        log_.error("report_refused", {{"status", response.status}, {"reason", payload}});
        reported_.refused();
    }
    report();
    seams_.changed();
}

void TwinSync::desired(const protocol::DesiredPatch& patch, const std::string& payload) {
    // Before the whole section is here it would be applied twice; the section has it.
    if (stage_ != Stage::online) return;
    const auto json = base::Json::parse(payload);
    if (!json || !json->is_object()) {
        return ignored_.write({{"reason", "a desired change that is no JSON object"}});
    }
    proved_ = clock_.steady_now();
    if (!twin_.patch(*json, patch.version)) missed(patch.version);
    report();
    seams_.changed();
}

void TwinSync::oversized_desired(const protocol::DesiredPatch& patch, std::size_t bytes) {
    if (stage_ != Stage::online) return;
    ignored_.write({{"reason", "a desired change of " + std::to_string(bytes) +
                                   " bytes; a door takes at most " + std::to_string(longest_payload)}});
    missed(patch.version);
    seams_.changed();
}

// One request at a time, however many changes have gone missing. What is under way may have been answered
// before this one.
void TwinSync::missed(std::int64_t version) {
    gaps_.write({{"version", version}});
    missing_ = true;
    if (get_rid_.empty()) return fetch();
    once_more_ = true;
}

void TwinSync::tick() {
    ignored_.tick();
    gaps_.tick();
    if (stage_ == Stage::away) return;
    const auto now = clock_.steady_now();
    if (get_due_ && *get_due_ <= now) {
        if (!get_rid_.empty()) return seams_.dead("the hub did not answer with the twin");
        fetch();
    }
    if (patch_due_ && *patch_due_ <= now) {
        if (!patch_rid_.empty()) return seams_.dead("the hub did not answer a report");
        patch_due_.reset();
        report();
    }
    if (stage_ == Stage::online && !get_due_ && !patch_due_ && proved_ + liveness_ <= now) fetch();
}

std::optional<base::SteadyTime> TwinSync::next_due() const {
    std::optional<base::SteadyTime> due = get_due_;
    if (patch_due_ && (!due || *patch_due_ < *due)) due = patch_due_;
    if (!due && stage_ == Stage::online) due = proved_ + liveness_;
    for (const auto& line : {ignored_.next_due(), gaps_.next_due()}) {
        if (line && (!due || *line < *due)) due = line;
    }
    return due;
}

}  // namespace firmware
