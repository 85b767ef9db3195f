#include "scheduler/cli/run.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

namespace cli {
namespace {

bool nobody_left() {
    return false;
}

TEST(OutputTest, WhatWasWrittenLeavesTheOutcomeAsItIs) {
    std::ostringstream out;
    const auto outcome = with_output_written({Exit::cancelled, "cancelled"}, out, nobody_left);
    EXPECT_EQ(outcome.exit, Exit::cancelled);
    EXPECT_EQ(outcome.message, "cancelled");
}

TEST(OutputTest, OutputThatIsLostIsAFailure) {
    std::ostream full(nullptr);
    full << "lost";
    const auto outcome = with_output_written({}, full, nobody_left);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_NE(outcome.message.find("could not be written"), std::string::npos);
    EXPECT_EQ(with_output_written({Exit::some_failed, "a door refused"}, full, nobody_left).exit,
              Exit::some_failed);
}

TEST(OutputTest, AReaderThatHasSeenEnoughIsNoMistake) {
    std::ostream pipe(nullptr);
    pipe << "lost";
    const auto gone = [] { return true; };
    EXPECT_EQ(with_output_written({}, pipe, gone).exit, Exit::reader_gone);
    const auto outcome = with_output_written({Exit::some_failed, "a door refused"}, pipe, gone);
    EXPECT_EQ(outcome.exit, Exit::some_failed);
    EXPECT_EQ(outcome.message, "");
}

}  // namespace
}  // namespace cli
