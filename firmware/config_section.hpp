#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firmware {

// A mistake in a configuration text: where, what is wrong, what would be right.
struct Mistake {
    base::TextPosition at;
    std::string text;
};

// Collects the mistakes of one text, so that people see all of them at once.
class Mistakes {
  public:
    explicit Mistakes(std::string_view text) : text_(text) {}

    // `where` is a slice of the text. The same is said once.
    void add(std::string_view where, std::string text);
    // What is allowed and should be known.
    void warn(std::string_view where, std::string text);
    [[nodiscard]] std::string_view text() const { return text_; }
    // In the order of the text; at most 100.
    [[nodiscard]] std::vector<Mistake> sorted() const;
    [[nodiscard]] const std::vector<Mistake>& warnings() const { return warnings_; }

  private:
    std::string_view text_;
    std::vector<Mistake> found_;
    std::vector<Mistake> warnings_;
};

// An object of a configuration text with its members. Members are asked for by name and type; what is wrong
// goes to the mistakes and reads as absent. finish() complains about names nobody asked for.
class ConfigSection {
  public:
    // A section that is absent has no members and no mistakes.
    ConfigSection(std::string_view slice, std::string path, Mistakes& mistakes);

    [[nodiscard]] bool exists() const { return exists_; }
    [[nodiscard]] bool has(std::string_view name) const;
    // Null, for a value of several types; absent if it is not there.
    [[nodiscard]] std::optional<std::string_view> raw(std::string_view name);

    [[nodiscard]] ConfigSection section(std::string_view name);
    [[nodiscard]] std::optional<std::string> text(std::string_view name);
    [[nodiscard]] std::optional<bool> boolean(std::string_view name);
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, std::int64_t least,
                                                      std::int64_t most);
    [[nodiscard]] std::optional<std::chrono::milliseconds> duration(std::string_view name,
                                                                    std::chrono::milliseconds least,
                                                                    std::chrono::milliseconds most);
    // A text out of a list; the index in it.
    [[nodiscard]] std::optional<std::size_t> choice(std::string_view name,
                                                    const std::vector<std::string_view>& choices);

    // A mistake at this member, or at the section if there is none of this name.
    void complain(std::string_view name, const std::string& what);
    void warn(std::string_view name, const std::string& what);
    void finish();

  private:
    [[nodiscard]] std::optional<base::Json> value(std::string_view name);
    [[nodiscard]] std::string path_of(std::string_view name) const;
    [[nodiscard]] std::string_view place_of(std::string_view name) const;

    std::string_view slice_;
    std::string path_;
    Mistakes& mistakes_;
    bool exists_ = false;
    std::vector<base::RawMember> members_;
    std::set<std::string, std::less<>> asked_;
};

}  // namespace firmware
