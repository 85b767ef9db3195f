#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"
#include "protocol/connection_string.hpp"

#include <functional>
#include <optional>
#include <string>

namespace cli {

// What the command line said about the hub; empty where it said nothing.
struct ConnectionOptions {
    std::string connection;  // --connection
    std::string file;        // --connection-file
    std::string ca_file;     // --ca
};

// An environment variable's value, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The hub to talk to, and whom to trust.
struct Hub {
    protocol::ServiceConnectionString connection;
    std::string ca_file;  // empty: the system's trust store
};

// Looks in this order: --connection, --connection-file, $LOCKCTL_CONNECTION_STRING, $LOCKCTL_CONNECTION_FILE,
// ~/.local/share/lockhub/lockctl.json, /var/lib/lockhub/lockctl.json. The first that is there counts, also
// when it is wrong. A file holds a bare connection string, or {"connectionString", "caFile"} as lockhub
// writes it; it is refused when others may read it. The CA is --ca, else $LOCKCTL_CA, else the file's.
[[nodiscard]] base::Result<Hub> find_hub(const ConnectionOptions& options, const Environment& environment);

}  // namespace cli
