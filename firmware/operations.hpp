#pragma once

#include "base/clock.hpp"
#include "firmware/command.hpp"
#include "firmware/state_keeper.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string_view>
#include <vector>

namespace firmware {

// A command between its arrival and its answer.
struct Operation {
    std::uint64_t number = 0;  // later commands have greater ones
    Command command;
    std::vector<AnswerTo> waiting;  // the caller, and those who repeated it
    bool started = false;           // the bolt was told
    unsigned saves = 0;             // that must be durable before the answer
    std::optional<Answer> answer;
    std::optional<base::SteadyTime> answer_by;  // nothing: nobody waits
};

// The commands that wait for their answers: for the intent to be written, for the bolt, for the outcome to be
// written. It decides nothing about the door; it sees to it that an outcome is in the journal, and durable,
// before anybody hears it, and tells of those who must not wait for a disk any longer. Pointers and
// references stay good until the operation has been answered.
class Operations {
  public:
    explicit Operations(StateKeeper& keeper) : keeper_(keeper) {}
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    static constexpr std::size_t most = 32;
    [[nodiscard]] bool full() const { return operations_.size() >= most; }

    // A number for something that outranks every command so far.
    [[nodiscard]] std::uint64_t take_number() { return ++latest_; }
    Operation& add(const Command& command, AnswerTo done, base::SteadyTime now);
    [[nodiscard]] Operation* find(std::uint64_t number);
    // True if a command with this id is on its way; `done` then shares its answer, or is told that too many
    // do.
    [[nodiscard]] bool join(std::string_view command_id, const AnswerTo& done, base::SteadyTime now);
    // Nothing has moved for it, and nothing will: its id is forgotten, so that a repeat may try again.
    void refuse(Operation& operation, Answer answer);
    // It will not be known what came of it: its intent stays in the journal without an outcome, and nothing
    // is waited for.
    void abandon(Operation& operation, Answer answer);
    // The state as it is now must be durable before this operation is answered.
    void save_for(Operation& operation);
    void finish(Operation& operation, Answer answer);
    // Answers those who wait, and goes on: what comes of it is for the journal, and for who repeats it.
    void answer_meanwhile(Operation& operation, const Answer& answer);
    // Its answer leaves now, durable or not.
    void deliver_now(Operation& operation);
    // The process ends: whoever waits is answered by then.
    void answer_by(base::SteadyTime due);

    // Those whose answer is due.
    [[nodiscard]] std::vector<std::uint64_t> overdue(base::SteadyTime now) const;
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
    // Those that wait for the bolt to reach `target`.
    [[nodiscard]] std::vector<std::uint64_t> started(Target target) const;
    void finish_started(Target target, const Answer& answer);
    [[nodiscard]] std::vector<std::uint64_t> unanswered() const;

  private:
    void deliver(std::uint64_t number);

    StateKeeper& keeper_;
    std::list<Operation> operations_;
    std::uint64_t latest_ = 0;  // number of the newest
};

}  // namespace firmware
