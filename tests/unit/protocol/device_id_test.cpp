#include "protocol/device_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using protocol::check_device_id;
using testing::HasSubstr;

// §2.4
TEST(DeviceId, AllowsTheDocumentedCharacters) {
    EXPECT_TRUE(check_device_id("door-1"));
    EXPECT_TRUE(check_device_id("AZaz09-.+%_#*?!(),:=@$'"));
    EXPECT_TRUE(check_device_id(std::string(128, 'd')));
}

// §2.4: "invalid/name" must fail.
TEST(DeviceId, RefusesTheRestAndNamesIt) {
    const auto slash = check_device_id("invalid/name");
    ASSERT_FALSE(slash);
    EXPECT_THAT(slash.error().message, HasSubstr("'/' at position 8"));
    const auto control = check_device_id("a\nb");
    ASSERT_FALSE(control);
    EXPECT_THAT(control.error().message, HasSubstr("a character at position 2"));
    const auto longer = check_device_id(std::string(129, 'd'));
    ASSERT_FALSE(longer);
    EXPECT_THAT(longer.error().message, HasSubstr("129 characters; at most 128"));
    EXPECT_FALSE(check_device_id(""));
    EXPECT_FALSE(check_device_id("door 1"));
    EXPECT_FALSE(check_device_id("tür"));
}

}  // namespace
