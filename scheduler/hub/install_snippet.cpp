#include "scheduler/hub/install_snippet.hpp"

#include "base/json.hpp"

namespace hub {

std::string install_snippet(const std::string& device_id, const std::string& connection_string) {
    return R"(// doorlockd.json of )" + device_id +
           R"(. It holds the device's key: chmod 600. Beside it belongs ca.pem, the output of
// lockhub ca show. Then: doorlockd check-config doorlockd.json
{
  "connection": {
    "string": )" +
           base::quote_json(connection_string) + R"(,
    "ca_file": "ca.pem"
  },
  "state_directory": "state",
  // An example, an electric strike that is locked without power: put in what is wired here (doorlockd(8)).
  "lock": {
    "kind": "fail_secure_strike",
    "resting": "locked",
    "lines": { "power": "GPIO17" },
    "switches": { "locked": { "line": "GPIO22", "active_low": true, "bias": "pull_up" } },
    "travel": "500ms",
    "pause": "500ms",
    "max_on": "10s",
    "min_off": "2s"
  }
})";
}

}  // namespace hub
