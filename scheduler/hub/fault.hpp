#pragma once

#include "base/result.hpp"
#include "protocol/error_body.hpp"

#include <cassert>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace hub {

// Why a request was refused: what the wire calls it, and one sentence that names what is wrong, where, and
// what would be right.
struct Fault {
    protocol::HubError code = protocol::HubError::server_error;
    std::string message;
};

// Errors of the layers below in the wire's words: bad input is ArgumentInvalid, what passed a bound
// MessageTooLarge, the disk ServiceUnavailable (so that the caller tries again).
[[nodiscard]] Fault fault_from(const base::Error& error);

// The value, or the refusal. As base::Result, with the wire's kind of error.
template <typename T>
class [[nodiscard]] Outcome {
  public:
    static_assert(!std::is_same_v<T, Fault>);

    Outcome(T value)
        : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
    Outcome(Fault fault)
        : state_(std::in_place_index<1>, std::move(fault)) {}  // NOLINT(google-explicit-constructor)

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

    [[nodiscard]] const Fault& fault() const& {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Fault&& fault() && {
        assert(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

  private:
    std::variant<T, Fault> state_;
};

template <>
class [[nodiscard]] Outcome<void> {
  public:
    Outcome() = default;
    Outcome(Fault fault) : fault_(std::move(fault)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return !fault_; }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] const Fault& fault() const& {
        assert(fault_);
        return *fault_;
    }
    [[nodiscard]] Fault&& fault() && {
        assert(fault_);
        return std::move(*fault_);
    }

  private:
    std::optional<Fault> fault_;
};

}  // namespace hub
