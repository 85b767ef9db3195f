#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "firmware/state.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace firmware {

// Where a text is made durable, one at a time, without blocking the caller: the storage thread; in tests a
// fake that can hold back, fail and forget.
class StateStore {
  public:
    using Done = std::function<void(base::Result<void>)>;

    virtual ~StateStore() = default;
    // `done` is called later on the caller's thread, never from inside save().
    virtual void save(std::string text, Done done) = 0;
    // The same for the mark of a fire alarm, in a place of its own that a full disk does not refuse.
    virtual void mark_fire(const FireMark& mark, Done done) = 0;

  protected:
    StateStore() = default;
    StateStore(const StateStore&) = default;
    StateStore& operator=(const StateStore&) = default;
};

// The state in memory and its way to the disk. While one write is under way all further ones become a single
// next write.
class StateKeeper {
  public:
    using Done = StateStore::Done;

    StateKeeper(StateStore& store, const base::Clock& clock, const base::Log& log, State state);

    // Read freely; after a change call save().
    [[nodiscard]] State& state() { return state_; }
    [[nodiscard]] const State& state() const { return state_; }

    // Calls `done` when what the state says now is durable, or cannot be made so.
    void save(Done done = {});
    // The same for state().fire, which goes to a second place besides. `done` hears an error if neither has
    // taken it.
    void save_fire(Done done);
    // Called just before the state becomes text, for what changes with time.
    void before_save(std::function<void(State&)> refresh) { refresh_ = std::move(refresh); }
    // A state that the disk has not taken is written again when it is time, until it is taken: who reads
    // failure() learns then that the disk is well. `done` as with save().
    void tick(Done done);
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return write_again_; }
    [[nodiscard]] bool idle() const { return !writing_; }
    // Why the last write has failed; empty: it has not.
    [[nodiscard]] const std::string& failure() const { return failure_; }

  private:
    void write();
    void written(const base::Result<void>& saved);

    StateStore& store_;
    const base::Clock& clock_;
    const base::Log& log_;
    State state_;
    std::function<void(State&)> refresh_;
    std::vector<Done> waiting_;  // for the next write
    bool writing_ = false;
    bool dirty_ = false;
    std::string failure_;
    std::optional<base::SteadyTime> write_again_;
};

}  // namespace firmware
