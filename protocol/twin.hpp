#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace protocol {

// The rules of twin data that hold on both sides of the wire (sheet §1.8). A section is the object of plain
// members; "$version" and "$metadata" are kept beside it, and are ignored where a client sends them back at
// the top of tags or desired (§2.5).

enum class Section { tags, desired, reported };

inline constexpr std::size_t max_twin_key = 1024;     // bytes of UTF-8
inline constexpr std::size_t max_twin_string = 4096;  // bytes of UTF-8
inline constexpr int max_twin_depth = 10;             // levels of objects and arrays below the section
inline constexpr std::int64_t min_twin_integer = -4503599627370496;
inline constexpr std::int64_t max_twin_integer = 4503599627370495;

[[nodiscard]] std::string_view section_name(Section section);  // "tags", "desired", "reported"
[[nodiscard]] std::size_t section_limit(Section section);      // of section_size: 8 KiB, 32 KiB, 32 KiB

// Whether `patch` may be merged into that section: an object; keys not empty, within max_twin_key and without
// control characters, white space, '.', '$' and '#'; depth, strings and integers within bounds; no null
// inside an array. The error names the path ("desired.lock.note") and the bound.
[[nodiscard]] base::Result<void> check_section(base::JsonView patch, Section section);

// The section after the patch: objects merge, anything else replaces, null deletes. {"a":{"b":null}} on an
// absent "a" creates an empty object, as the real hub does. merge(Json::object(), x) is what a replacing PUT
// stores.
[[nodiscard]] base::Json merge(base::JsonView current, base::JsonView patch);

// What counts towards section_limit: bytes of keys and strings without control characters, 8 for a number, 4
// for a boolean; structure and null are free, "$version" and "$metadata" at the top too.
[[nodiscard]] std::size_t section_size(base::JsonView section);

// Errc::too_large, with both sizes, when the section is over its limit.
[[nodiscard]] base::Result<void> check_section_size(base::JsonView section, Section which);

// "$metadata" after a patch: it mirrors the tree, every level that the patch touches gets "$lastUpdated" =
// `time_text` and, with a version (the desired section), "$lastUpdatedVersion"; an array has one entry;
// deleted members vanish. merge_metadata(Json::object(), …) goes with a replacing PUT, and with an empty
// patch is the
// "$metadata" of a new twin.
[[nodiscard]] base::Json merge_metadata(base::JsonView metadata, base::JsonView patch,
                                        std::string_view time_text,
                                        std::optional<std::int64_t> version = std::nullopt);

// The etag of a counter: base64 of 64 bits big-endian, without quotes; 1 is "AAAAAAAAAAE=".
[[nodiscard]] std::string etag_text(std::uint64_t counter);

}  // namespace protocol
