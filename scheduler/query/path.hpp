#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ql {

// Where in a document a value stands, from the outside in: {"tags", "building"}. Never empty. The source
// prefix (`devices.`) is gone, and a system name in front has the spelling of the documents ("deviceId",
// however the query wrote it). All names behind the first are taken as written: JSON names are
// case-sensitive.
struct Path {
    std::vector<std::string> names;

    bool operator==(const Path&) const = default;
};

// The documents' spelling of a system name of a twin or of a device-job row, whatever the case of `name`;
// a name that is none is given back as it is.
[[nodiscard]] std::string_view system_name(std::string_view name);

// Can the query language write this name plainly? Others are written [[so]].
[[nodiscard]] bool is_plain_name(std::string_view name);

}  // namespace ql
