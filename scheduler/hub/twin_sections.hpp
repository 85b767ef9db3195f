#pragma once

#include "base/json.hpp"
#include "protocol/twin.hpp"
#include "scheduler/hub/fault.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hub {

// How a request changes a section of a twin (iothub-protocol.md §1.7, §1.8, §2.5), on the texts that are
// stored.

// The body of a twin request: a JSON object.
[[nodiscard]] Outcome<base::Json> parse_twin_body(std::string_view body);
// Its properties, if they are there: an object or null.
[[nodiscard]] Outcome<base::JsonView> twin_properties(base::JsonView request);

// A section of a request as a patch of `current`: a null clears the section, and what a client sends back of
// "$metadata" and "$version" means nothing (§2.5). Absent if the request does not touch the section.
[[nodiscard]] std::optional<base::Json> section_patch(base::JsonView section, const std::string& current);

// The section after the patch, or which of the rules of §1.8 the patch breaks.
[[nodiscard]] Outcome<base::Json> patched(const std::string& current, const base::Json& patch,
                                          protocol::Section section);

// What this program stored itself.
[[nodiscard]] base::Json stored_json(const std::string& text);

// The members of two objects in one, as text.
[[nodiscard]] std::string joined(std::string_view object, std::string_view members);
[[nodiscard]] std::string version_member(std::int64_t version);

// Whether TwinStore::patch() could take this body for some twin, however little that holds: what a job sends
// to many twins later is looked at when the job is made.
[[nodiscard]] Outcome<void> check_twin_patch(std::string_view body);

}  // namespace hub
