#include "scheduler/cli/new_job_id.hpp"

#include "base/iso8601.hpp"

namespace cli {

std::string new_job_id(base::SystemTime now, const std::string& uuid) {
    std::string id;
    for (const char c : base::format_iso8601(now).substr(0, 19)) {
        if (c == 'T') id += '-';
        if (c >= '0' && c <= '9') id += c;
    }
    return id + "-" + uuid.substr(0, 4);
}

}  // namespace cli
