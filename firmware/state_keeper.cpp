#include "firmware/state_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace firmware {

namespace {

constexpr std::chrono::seconds pause_after_failure{10};

}  // namespace

StateKeeper::StateKeeper(StateStore& store, const base::Clock& clock, const base::Log& log, State state)
    : store_(store), clock_(clock), log_(log), state_(std::move(state)) {}

void StateKeeper::save(Done done) {
    if (done) waiting_.push_back(std::move(done));
    dirty_ = true;
    if (!writing_) write();
}

void StateKeeper::save_fire(Done done) {
    const auto first = std::make_shared<std::optional<base::Result<void>>>();
    const auto one = [first, done = std::move(done)](const base::Result<void>& kept) {
        if (!*first) {
            *first = kept;
        } else {
            done(kept ? kept : **first);
        }
    };
    store_.mark_fire(state_.fire, [this, one](const base::Result<void>& kept) {
        if (!kept) log_.error("fire_not_marked", {{"reason", kept.error().message}});
        one(kept);
    });
    save(one);
}

void StateKeeper::write() {
    writing_ = true;
    dirty_ = false;
    write_again_.reset();
    if (refresh_) refresh_(state_);
    // A clock that was set back must not make the next start believe it.
    state_.saved_at = std::max(state_.saved_at, clock_.system_now());
    store_.save(to_text(state_),
                [this, waiting = std::exchange(waiting_, {})](const base::Result<void>& saved) {
                    writing_ = false;
                    written(saved);
                    for (const Done& done : waiting)
                        done(saved);
                    if (dirty_ && !writing_) write();
                });
}

// A disk that fails is told once for each reason, and once when it is well again.
void StateKeeper::written(const base::Result<void>& saved) {
    const std::string before = std::exchange(failure_, saved ? std::string() : saved.error().message);
    if (!saved) write_again_ = clock_.steady_now() + pause_after_failure;
    if (failure_ == before) return;
    if (saved) {
        log_.notice("state_saved", {{"after", before}});
    } else {
        log_.error("state_not_saved", {{"reason", failure_}});
    }
}

void StateKeeper::tick(Done done) {
    if (write_again_ && *write_again_ <= clock_.steady_now()) save(std::move(done));
}

}  // namespace firmware
