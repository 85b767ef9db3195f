#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct cJSON;

namespace base {

struct JsonLimits {
    std::size_t bytes = std::size_t{256} * 1024;
    std::size_t depth = 32;  // nesting of objects and arrays; the outermost is 1
    bool comments = false;   // allow // and /* */ comments (configuration files)
};

// Where in a text an error is; both count from 1, columns in bytes.
struct TextPosition {
    std::size_t line = 1;
    std::size_t column = 1;
};
[[nodiscard]] TextPosition position_of(std::string_view text, std::size_t offset);

class Json;

// A JSON value that somebody else owns; one pointer. A view that is absent (of a member that is not there)
// answers every question with "no". Views end with the Json they look into.
class JsonView {
  public:
    enum class Type { absent, null, boolean, number, string, array, object };
    class Iterator;

    JsonView() = default;
    explicit JsonView(const cJSON* node) : node_(node) {}

    [[nodiscard]] Type type() const;
    [[nodiscard]] bool exists() const { return node_ != nullptr; }
    [[nodiscard]] bool is_null() const { return type() == Type::null; }
    [[nodiscard]] bool is_bool() const { return type() == Type::boolean; }
    [[nodiscard]] bool is_number() const { return type() == Type::number; }
    [[nodiscard]] bool is_string() const { return type() == Type::string; }
    [[nodiscard]] bool is_array() const { return type() == Type::array; }
    [[nodiscard]] bool is_object() const { return type() == Type::object; }

    [[nodiscard]] std::optional<bool> as_bool() const;
    [[nodiscard]] std::optional<double> as_number() const;
    // A number without a fraction within ±(2^53 - 1).
    [[nodiscard]] std::optional<std::int64_t> as_integer() const;
    [[nodiscard]] std::optional<std::string_view> as_string() const;

    // The member with this name (case-sensitive), or absent; absent when this is no object.
    [[nodiscard]] JsonView find(std::string_view name) const;
    // Elements of an array or members of an object; 0 for anything else.
    [[nodiscard]] std::size_t size() const;

    // Walks the members of an object or the elements of an array, in order; empty for anything else.
    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] static Iterator end();

    // The name under which this value stands in its object; empty for elements and roots.
    [[nodiscard]] std::string_view name() const;

    // Compact text. Integers keep all their digits up to 2^53.
    [[nodiscard]] std::string dump() const;

    // Deep equality; the order of members does not matter.
    [[nodiscard]] bool equals(JsonView other) const;

    [[nodiscard]] const cJSON* node() const { return node_; }

  private:
    const cJSON* node_ = nullptr;
};

class JsonView::Iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = JsonView;
    using difference_type = std::ptrdiff_t;
    using pointer = const JsonView*;
    using reference = JsonView;

    explicit Iterator(const cJSON* node) : node_(node) {}
    JsonView operator*() const { return JsonView(node_); }
    Iterator& operator++();
    Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Iterator&) const = default;

  private:
    const cJSON* node_;
};

// A JSON value of one's own. Copies are deep. Never absent: a moved-from Json may only be assigned or
// destroyed.
class Json {
  public:
    Json();                                                            // null
    Json(std::nullptr_t) : Json() {}                                   // NOLINT(google-explicit-constructor)
    Json(bool value);                                                  // NOLINT(google-explicit-constructor)
    Json(double value);                                                // NOLINT(google-explicit-constructor)
    Json(std::int64_t value);                                          // NOLINT(google-explicit-constructor)
    Json(int value) : Json(static_cast<std::int64_t>(value)) {}        // NOLINT(google-explicit-constructor)
    Json(std::string_view value);                                      // NOLINT(google-explicit-constructor)
    Json(const char* value) : Json(std::string_view(value)) {}         // NOLINT(google-explicit-constructor)
    Json(const std::string& value) : Json(std::string_view(value)) {}  // NOLINT(google-explicit-constructor)
    explicit Json(JsonView view);  // a deep copy; null when the view is absent
    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(const Json& other);
    Json& operator=(Json&& other) noexcept;
    ~Json();

    [[nodiscard]] static Json array();
    [[nodiscard]] static Json object();
    [[nodiscard]] static Json object(std::initializer_list<std::pair<std::string_view, Json>> members);

    // Strict RFC 8259: one value and nothing behind it, valid UTF-8, no duplicate member names, no NUL
    // (neither raw nor \u0000), no lone surrogates, no leading zeros, within the limits. The error names line
    // and column, what was found and what was expected.
    [[nodiscard]] static Result<Json> parse(std::string_view text, JsonLimits limits = {});

    // Sets a member of an object; one of the same name is replaced in its place.
    void set(std::string_view name, Json value);
    // Adds a member to an object that has none of this name, as the caller knows: does not look, takes
    // constant time.
    void add(std::string_view name, Json value);
    // Removes a member; false if there was none.
    bool erase(std::string_view name);
    // Adds an element to an array.
    void push_back(Json value);

    [[nodiscard]] JsonView view() const { return JsonView(node_.get()); }
    operator JsonView() const { return view(); }  // NOLINT(google-explicit-constructor)
    [[nodiscard]] JsonView find(std::string_view name) const { return view().find(name); }
    [[nodiscard]] bool is_object() const { return view().is_object(); }
    [[nodiscard]] std::size_t size() const { return view().size(); }
    [[nodiscard]] std::string dump() const { return view().dump(); }
    [[nodiscard]] auto begin() const { return view().begin(); }
    [[nodiscard]] auto end() const { return view().end(); }

  private:
    struct Free {
        void operator()(cJSON* node) const;
    };
    explicit Json(cJSON* node) : node_(node) {}

    std::unique_ptr<cJSON, Free> node_;
};

// Checks the text as Json::parse does, and builds nothing. For bytes that only pass through.
[[nodiscard]] Result<void> check_json(std::string_view text, JsonLimits limits = {});

// The members of the object in `text`, each with the exact bytes of its value: how a payload passes unchanged
// (numbers keep every digit). Names are unescaped. The slices look into `text`. Errors as Json::parse;
// invalid_argument if the text is no object.
struct RawMember {
    std::string name;
    std::string_view value;
    std::size_t offset;  // of the value, in text; for error positions
};
[[nodiscard]] Result<std::vector<RawMember>> raw_members(std::string_view text, JsonLimits limits = {});
// The raw value of one member, if it is there.
[[nodiscard]] std::optional<std::string_view> find_raw(const std::vector<RawMember>& members,
                                                       std::string_view name);

// `text` as a JSON string, quotes included.
[[nodiscard]] std::string quote_json(std::string_view text);

}  // namespace base
