#include "scheduler/hub/twin_indexes.hpp"

#include "base/excerpt.hpp"

#include <algorithm>

namespace hub {
namespace {

Fault invalid(std::string message) {
    return {protocol::HubError::argument_invalid, std::move(message)};
}

}  // namespace

TwinIndexes::TwinIndexes(Database& database, const base::Clock& clock) : database_(database), clock_(clock) {}

std::vector<std::string> TwinIndexes::list() {
    std::vector<std::string> paths;
    Statement rows = database_.prepare("SELECT path FROM twin_indexes ORDER BY path");
    rows.start();
    while (rows.step()) {
        paths.emplace_back(rows.text());
    }
    return paths;
}

Outcome<TwinIndexes::Made> TwinIndexes::add(std::string_view text) {
    const auto path = parse_twin_path(text);
    if (!path) return path.error();
    const auto there = list();
    if (std::find(there.begin(), there.end(), text) != there.end()) {
        return invalid("'" + std::string(text) + "' has an index already");
    }
    if (there.size() >= most) {
        return invalid("there are " + std::to_string(most) +
                       " indexes, as many as may be; lockhub index remove PATH makes room");
    }
    Made made;
    Statement count = database_.prepare("SELECT count(*) FROM twins");
    if (count.start().step()) made.twins = count.number();
    count.finish();
    // The path is plain characters and dots (twin_path), so that it can stand in the name as it is.
    const std::string name = "twin_index_" + std::string(text);
    const base::SteadyTime began = clock_.steady_now();
    database_.prepare("CREATE INDEX \"" + name + "\" ON twins (" + path->expression("") + ")").start().run();
    made.took = clock_.steady_now() - began;
    database_.prepare("INSERT INTO twin_indexes VALUES (?, ?)").start().bind(text).bind(name).run();
    return made;
}

Outcome<void> TwinIndexes::remove(std::string_view text) {
    const auto there = list();
    if (std::find(there.begin(), there.end(), text) == there.end()) {
        return invalid("'" + base::excerpt(text, 200) +
                       "' has no index; lockhub index list names those there are");
    }
    database_.prepare("DROP INDEX \"twin_index_" + std::string(text) + "\"").start().run();
    database_.prepare("DELETE FROM twin_indexes WHERE path = ?").start().bind(text).run();
    return {};
}

}  // namespace hub
