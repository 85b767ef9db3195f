#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace base {

// What kind of failure it was, for the caller who decides. The text of an Error is for people.
enum class Errc {
    invalid_argument,   // what came from outside is malformed or out of range
    not_found,          // the thing named does not exist
    already_exists,     // the thing to be made is there
    permission_denied,  // the system or a policy said no
    unauthorized,       // a credential is missing, wrong or expired
    busy,               // someone else holds it (EBUSY, a database lock, a port in use)
    conflict,           // the state of the thing forbids it (etag mismatch, wrong state)
    too_large,          // a bound was passed
    unavailable,        // not reachable now; a later try may work
    timeout,
    io,        // the disk or a device failed
    internal,  // a library failed in a way that has no better name
};

// A failure that a correct program may meet: its kind, and one sentence that names what is wrong, where, and
// what would be right.
struct Error {
    Errc code = Errc::internal;
    std::string message;
};

// The same failure, told from one level further out: "lockTime: '10x' is not a duration".
[[nodiscard]] inline Error with_context(Error error, std::string_view context) {
    error.message.insert(0, std::string(context) + ": ");
    return error;
}

// A value or the reason why there is none. The member names are those of std::expected (C++23), which the
// oldest supported compilers lack. E is another kind of reason where a layer has its own.
template <typename T, typename E = Error>
class [[nodiscard]] Result {
  public:
    static_assert(!std::is_same_v<T, E>);

    Result(T value)
        : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
    Result(E error)
        : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() & {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        assert(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const E& error() const& {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] E&& error() && {
        assert(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }
    [[nodiscard]] T value_or(T fallback) const& { return has_value() ? value() : std::move(fallback); }

  private:
    std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
  public:
    Result() = default;
    Result(E error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return !error_; }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] const E& error() const& {
        assert(error_);
        return *error_;
    }
    [[nodiscard]] E&& error() && {
        assert(error_);
        return std::move(*error_);
    }

  private:
    std::optional<E> error_;
};

}  // namespace base
