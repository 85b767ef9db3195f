#pragma once

#include "base/json.hpp"

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// Checks one JSON text from left to right, strictly (RFC 8259 and the rules of Json::parse), and builds
// nothing. json.hpp's functions are made of it.
class JsonScanner {
  public:
    // Called for each member of the outermost object: its unescaped name and where its value begins and ends.
    using OnMember = std::function<void(std::string_view name, std::size_t begin, std::size_t end)>;
    // Called for each comment, so that a reader which knows none can be given blanks instead.
    using OnComment = std::function<void(std::size_t begin, std::size_t end)>;

    JsonScanner(std::string_view text, JsonLimits limits) : text_(text), limits_(limits) {}

    [[nodiscard]] Result<void> scan(const OnMember& on_member = {}, const OnComment& on_comment = {});
    // Whether the text that was scanned is an object.
    [[nodiscard]] bool found_object() const { return found_object_; }

  private:
    struct Name {
        std::string_view text;
        std::size_t at;
    };

    bool value(std::size_t depth);
    bool object(std::size_t depth);
    bool array(std::size_t depth);
    bool string(std::string* unescaped);
    bool escape(std::string* unescaped);
    bool hex4(unsigned& unit);
    bool utf8();
    bool number();
    bool literal(std::string_view word);
    bool digits();
    bool blanks();
    bool comment();
    bool names_differ(std::size_t first);

    [[nodiscard]] bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool fail(std::size_t where, std::string what);
    bool fail_expected(std::string_view expected);

    std::string_view text_;
    JsonLimits limits_;
    std::size_t at_ = 0;
    std::vector<Name> names_;            // of the objects that are open, outermost first
    std::deque<std::string> unescaped_;  // names that had escapes
    const OnMember* on_member_ = nullptr;
    const OnComment* on_comment_ = nullptr;
    bool found_object_ = false;
    std::string error_;
    std::size_t error_at_ = 0;
};

}  // namespace base
