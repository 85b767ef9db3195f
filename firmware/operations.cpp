#include "firmware/operations.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace firmware {

Operation& Operations::add(const Command& command, AnswerTo done, base::SteadyTime now) {
    operations_.push_back(Operation{.number = ++latest_,
                                    .command = command,
                                    .waiting = {std::move(done)},
                                    .answer = std::nullopt,
                                    .answer_by = now + longest_answer});
    return operations_.back();
}

Operation* Operations::find(std::uint64_t number) {
    for (Operation& operation : operations_) {
        if (operation.number == number) return &operation;
    }
    return nullptr;
}

bool Operations::join(std::string_view command_id, const AnswerTo& done, base::SteadyTime now) {
    const auto running =
        std::find_if(operations_.begin(), operations_.end(),
                     [&](const Operation& operation) { return operation.command.command_id == command_id; });
    if (running == operations_.end()) return false;
    if (running->waiting.size() < most) {
        running->waiting.push_back(done);
        if (!running->answer_by) running->answer_by = now + longest_answer;
    } else {
        done(failure(429, "too many repeats of this commandId wait for its answer"));
    }
    return true;
}

void Operations::refuse(Operation& operation, Answer answer) {
    if (!operation.command.command_id.empty()) {
        keeper_.state().journal.forget(operation.command.command_id);
        operation.command.command_id.clear();
        keeper_.save();
    }
    finish(operation, std::move(answer));
}

void Operations::abandon(Operation& operation, Answer answer) {
    operation.command.command_id.clear();
    operation.saves = 0;
    finish(operation, std::move(answer));
}

void Operations::answer_meanwhile(Operation& operation, const Answer& answer) {
    operation.answer_by.reset();
    for (const AnswerTo& done : std::exchange(operation.waiting, {}))
        done(answer);
}

void Operations::deliver_now(Operation& operation) {
    operation.saves = 0;
    deliver(operation.number);
}

void Operations::answer_by(base::SteadyTime due) {
    for (Operation& operation : operations_) {
        if (operation.answer_by && *operation.answer_by > due) operation.answer_by = due;
    }
}

std::vector<std::uint64_t> Operations::overdue(base::SteadyTime now) const {
    std::vector<std::uint64_t> numbers;
    for (const Operation& operation : operations_) {
        if (operation.answer_by && *operation.answer_by <= now) numbers.push_back(operation.number);
    }
    return numbers;
}

std::optional<base::SteadyTime> Operations::next_due() const {
    std::optional<base::SteadyTime> due;
    for (const Operation& operation : operations_) {
        if (operation.answer_by && (!due || *operation.answer_by < *due)) due = operation.answer_by;
    }
    return due;
}

void Operations::save_for(Operation& operation) {
    ++operation.saves;
    keeper_.save([this, number = operation.number](const base::Result<void>&) {
        // A disk that fails is in the log; the bolt has moved all the same, and the caller learns that.
        if (Operation* waiting = find(number)) {
            --waiting->saves;
            deliver(number);
        }
    });
}

void Operations::finish(Operation& operation, Answer answer) {
    assert(!operation.answer);
    operation.answer = std::move(answer);
    if (!operation.command.command_id.empty()) {
        keeper_.state().journal.finish(operation.command.command_id, *operation.answer);
        save_for(operation);
    }
    deliver(operation.number);
}

void Operations::deliver(std::uint64_t number) {
    const auto it = std::find_if(operations_.begin(), operations_.end(),
                                 [&](const Operation& operation) { return operation.number == number; });
    if (it == operations_.end() || !it->answer || it->saves > 0) return;
    const Answer answer = std::move(*it->answer);
    const std::vector<AnswerTo> waiting = std::move(it->waiting);
    operations_.erase(it);
    for (const AnswerTo& done : waiting)
        done(answer);
}

std::vector<std::uint64_t> Operations::started(Target target) const {
    std::vector<std::uint64_t> numbers;
    for (const Operation& operation : operations_) {
        if (operation.started && !operation.answer && operation.command.target == target) {
            numbers.push_back(operation.number);
        }
    }
    return numbers;
}

void Operations::finish_started(Target target, const Answer& answer) {
    for (const std::uint64_t number : started(target)) {
        if (Operation* operation = find(number)) finish(*operation, answer);
    }
}

std::vector<std::uint64_t> Operations::unanswered() const {
    std::vector<std::uint64_t> numbers;
    for (const Operation& operation : operations_) {
        if (!operation.answer) numbers.push_back(operation.number);
    }
    return numbers;
}

}  // namespace firmware
