#pragma once

#include "scheduler/query/query.hpp"

#include <string>

namespace hub {

// The parts of a twin that somebody looks at: the others are neither read from the file nor put together.
struct TwinParts {
    bool facts = true;  // identity, etags, status, connection, version: whatever stands outside the sections
    bool tags = true;
    bool desired = true;  // each with its $version
    bool reported = true;
    bool metadata = true;  // of both

    bool operator==(const TwinParts&) const = default;

    // What deciding the condition needs, and all that the query needs of a document.
    [[nodiscard]] static TwinParts of(const ql::Condition& condition);
    [[nodiscard]] static TwinParts of(const ql::Query& query);

    // The columns of `devices d JOIN twins t` that TwinStore reads, in its order; a constant stands for each
    // that is not wanted.
    [[nodiscard]] std::string columns() const;
};

}  // namespace hub
