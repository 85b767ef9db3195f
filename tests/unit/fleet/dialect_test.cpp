#include "scheduler/fleet/dialect.hpp"

#include <gtest/gtest.h>

namespace fleet {
namespace {

TEST(DialectTest, AnIotHubGetsTheTopicsAsTheyAre) {
    const Dialect dialect(Dialect::Peer::iot_hub);
    EXPECT_EQ(dialect.on_wire("$iothub/twin/GET/?$rid=1", "d"), "$iothub/twin/GET/?$rid=1");
    EXPECT_EQ(dialect.from_wire("$iothub/methods/POST/x/?$rid=1", "d"), "$iothub/methods/POST/x/?$rid=1");
}

TEST(DialectTest, AtABrokerEachDeviceHasASpaceOfItsOwn) {
    const Dialect dialect(Dialect::Peer::broker);
    EXPECT_EQ(dialect.on_wire("$iothub/methods/POST/#", "door-1"), "fleet/door-1/methods/POST/#");
    EXPECT_EQ(dialect.from_wire("fleet/door-1/methods/POST/x/?$rid=1", "door-1"),
              "$iothub/methods/POST/x/?$rid=1");
}

TEST(DialectTest, AnotherDevicesTopicIsNone) {
    const Dialect dialect(Dialect::Peer::broker);
    EXPECT_FALSE(dialect.from_wire("fleet/door-10/methods/POST/x/?$rid=1", "door-1"));
    EXPECT_FALSE(dialect.from_wire("$iothub/methods/POST/x/?$rid=1", "door-1"));
}

}  // namespace
}  // namespace fleet
