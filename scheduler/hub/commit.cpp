#include "scheduler/hub/commit.hpp"

namespace hub {

base::Result<void> commit_and_log(Database& database, const base::Log& log) {
    auto committed = database.commit_turn();
    if (!committed) {
        log.error("commit_failed", {{"reason", database.failure()}});
    }
    return committed;
}

}  // namespace hub
