#include "protocol/topics.hpp"

#include <gtest/gtest.h>

namespace {

using protocol::classify_filter;
using protocol::Filter;

// §1.4; §1.2: the embedded SDK writes '+' for its own device.
TEST(TopicFilter, IsClassified) {
    EXPECT_EQ(classify_filter("$iothub/methods/POST/#", "d1"), Filter::methods);
    EXPECT_EQ(classify_filter("$iothub/twin/res/#", "d1"), Filter::twin_responses);
    EXPECT_EQ(classify_filter("$iothub/twin/PATCH/properties/desired/#", "d1"), Filter::desired);
    EXPECT_EQ(classify_filter("devices/d1/messages/devicebound/#", "d1"), Filter::devicebound);
    EXPECT_EQ(classify_filter("devices/+/messages/devicebound/#", "d1"), Filter::devicebound);
    EXPECT_EQ(classify_filter(protocol::devicebound_filter("d1"), "d1"), Filter::devicebound);
}

// §1.1: others are granted and ignored; the caller must be able to tell.
TEST(TopicFilter, IsUndocumentedOtherwise) {
    for (const std::string_view filter :
         {"", "#", "+/#", "$iothub/#", "$iothub/methods/#", "$iothub/methods/POST/", "$iothub/methods/POST/+",
          "$iothub/methods/post/#", "$iothub/twin/res/200/#", "$iothub/twin/PATCH/properties/reported/#",
          "devices/d2/messages/devicebound/#", "devices/d10/messages/devicebound/#",
          "devices/d1/messages/events/#", "devices/d1/messages/devicebound",
          "devices/d1/messages/devicebound/", "devices/d1/#", "devices/", "devices/+",
          "devices/++/messages/devicebound/#"}) {
        EXPECT_EQ(classify_filter(filter, "d1"), Filter::undocumented) << filter;
    }
}

}  // namespace
