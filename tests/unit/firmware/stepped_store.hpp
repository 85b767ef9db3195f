#pragma once

#include "firmware/fire_mark_file.hpp"
#include "firmware/state_file.hpp"
#include "firmware/state_keeper.hpp"

#include <deque>
#include <functional>
#include <string>
#include <utility>

namespace firmware {

// The storage thread, without the thread: what it was given is written when work() is called.
class SteppedStore final : public StateStore {
  public:
    // Mutations: it says that this is durable and writes nothing; or says so of a text first and writes it
    // then.
    struct Deaf {
        bool texts = false;
        bool marks = false;
        bool hasty = false;
    };
    SteppedStore(StateFile& file, FireMarkFile& fire_file, Deaf deaf)
        : file_(file), fire_file_(fire_file), deaf_(deaf) {}

    void save(std::string text, Done done) override {
        if (deaf_.hasty) {
            jobs_.emplace_back([] { return base::Result<void>(); }, std::exchange(done, [](const auto&) {}));
        }
        jobs_.emplace_back(
            [this, text = std::move(text)] { return deaf_.texts ? base::Result<void>() : file_.save(text); },
            std::move(done));
    }
    void mark_fire(const FireMark& mark, Done done) override {
        jobs_.emplace_back(
            [this, mark] { return deaf_.marks ? base::Result<void>() : fire_file_.save(mark); },
            std::move(done));
    }
    [[nodiscard]] bool busy() const { return !jobs_.empty(); }
    // Does what has waited longest; what follows is for the caller, as the power may be gone.
    [[nodiscard]] std::pair<Done, base::Result<void>> work() {
        auto [job, done] = std::move(jobs_.front());
        jobs_.pop_front();
        return {std::move(done), job()};
    }

  private:
    StateFile& file_;
    FireMarkFile& fire_file_;
    Deaf deaf_;
    std::deque<std::pair<std::function<base::Result<void>()>, Done>> jobs_;
};

}  // namespace firmware
