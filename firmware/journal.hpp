#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "firmware/answer.hpp"
#include "firmware/lock.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace firmware {

// What became of commands that carried a commandId, so that a repeat gets the first answer and moves nothing.
// The owner saves it with the intent before the line moves, and with the outcome before the answer leaves.
class Journal {
  public:
    struct Entry {
        std::string id;
        std::string method;
        Target target = Target::locked;
        std::optional<Answer> answer;  // nothing: intended, outcome not known

        bool operator==(const Entry&) const = default;
    };

    static constexpr std::size_t most_entries = 64;
    static constexpr std::size_t longest_id = 64;

    [[nodiscard]] const Entry* find(std::string_view id) const;
    // A new intent. The oldest entry with an answer makes room; if none has one, the oldest, which is of an
    // earlier life: fewer than half of them can be under way.
    void begin(std::string id, std::string method, Target target);
    // The outcome of an intent that stands in the journal.
    void finish(std::string_view id, Answer answer);
    // The intent came to nothing before anything moved.
    void forget(std::string_view id);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] base::Json to_json() const;
    [[nodiscard]] static base::Result<Journal> from_json(base::JsonView json);

    bool operator==(const Journal&) const = default;

  private:
    std::deque<Entry> entries_;  // oldest first
};

}  // namespace firmware
