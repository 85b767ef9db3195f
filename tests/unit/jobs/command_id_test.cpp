#include "scheduler/jobs/command_id.hpp"

#include <gtest/gtest.h>

namespace jobs {
namespace {

TEST(CommandIdTest, IsFoundInAnObjectAndInAStringThatContainsOne) {
    EXPECT_TRUE(carries_command_id(R"({"lockTime":"10m","commandId":"c-1"})"));
    EXPECT_TRUE(carries_command_id(R"("{\"commandId\":\"c-1\"}")"));
}

TEST(CommandIdTest, AnythingElseHasNone) {
    for (const auto* payload : {"null", "{}", "17", R"("commandId")", R"({"commandId":""})",
                                R"({"commandId":5})", R"({"a":{"commandId":"c"}})", R"(["commandId"])",
                                "not json", R"("\"{\\\"commandId\\\":\\\"c\\\"}\"")"}) {
        EXPECT_FALSE(carries_command_id(payload)) << payload;
    }
}

}  // namespace
}  // namespace jobs
