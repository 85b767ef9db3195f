#pragma once

#include "base/json.hpp"
#include "scheduler/query/query.hpp"

namespace ql {

// Does the condition hold for this document: a twin as the service sees it (protocol sheet §2.5) or a
// device-job row (§2.7)? The source is not looked at; the caller brings documents of that source.
//
// Evaluation has three values. A path that leads nowhere is undefined; comparing with undefined, or values of
// different types, or objects or arrays, gives undefined, except that = and != tell null from every defined
// value (`tags.x != null` asks whether there is something). AND, OR and NOT take anything but a boolean for
// undefined, and undefined AND false is false, undefined OR true is true. Arithmetic with anything but
// numbers, and whatever is no finite number, is undefined. Only true passes.
[[nodiscard]] bool matches(const Condition& condition, base::JsonView document);
[[nodiscard]] bool matches(const Expression& where, base::JsonView document);

// The value a path leads to; absent if it leads nowhere.
[[nodiscard]] base::JsonView find(const Path& path, base::JsonView document);

}  // namespace ql
