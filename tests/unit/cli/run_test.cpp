#include "scheduler/cli/run.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

namespace cli {
namespace {

TEST(OutputTest, WhatWasWrittenLeavesTheOutcomeAsItIs) {
    std::ostringstream out;
    const auto outcome = with_output_written({Exit::cancelled, "cancelled"}, out);
    EXPECT_EQ(outcome.exit, Exit::cancelled);
    EXPECT_EQ(outcome.message, "cancelled");
}

TEST(OutputTest, OutputThatIsLostIsAFailure) {
    std::ostream full(nullptr);
    full << "lost";
    const auto outcome = with_output_written({}, full);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_NE(outcome.message.find("could not be written"), std::string::npos);
    EXPECT_EQ(with_output_written({Exit::some_failed, "a door refused"}, full).exit, Exit::some_failed);
}

}  // namespace
}  // namespace cli
