#include "scheduler/fleet/dialect.hpp"

namespace fleet {

namespace {

constexpr std::string_view hub_space = "$iothub/";

std::string broker_space(std::string_view device) {
    std::string space = "fleet/";
    space.append(device).push_back('/');
    return space;
}

}  // namespace

std::string Dialect::on_wire(std::string_view topic, std::string_view device) const {
    if (peer_ == Peer::iot_hub || !topic.starts_with(hub_space)) return std::string(topic);
    return broker_space(device).append(topic.substr(hub_space.size()));
}

std::optional<std::string> Dialect::from_wire(std::string_view topic, std::string_view device) const {
    if (peer_ == Peer::iot_hub) return std::string(topic);
    const std::string space = broker_space(device);
    if (!topic.starts_with(space)) return std::nullopt;
    return std::string(hub_space).append(topic.substr(space.size()));
}

}  // namespace fleet
