#include "scheduler/hub/deadlines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace hub {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const base::SteadyTime start{std::chrono::hours(1)};

TEST(Deadlines, NothingIsDueWhenNothingIsPlanned) {
    Deadlines<int> deadlines;
    EXPECT_FALSE(deadlines.next());
    EXPECT_THAT(deadlines.take_due(start), IsEmpty());
}

TEST(Deadlines, GiveOutWhatIsDueInTheOrderOfTime) {
    Deadlines<int> deadlines;
    deadlines.at(1, start + seconds(3));
    deadlines.at(2, start + seconds(1));
    deadlines.at(3, start + seconds(9));
    EXPECT_EQ(deadlines.next(), start + seconds(1));
    EXPECT_THAT(deadlines.take_due(start + seconds(3)), ElementsAre(2, 1));
    EXPECT_EQ(deadlines.next(), start + seconds(9));
}

TEST(Deadlines, AnEarlierOneReplacesALaterOne) {
    Deadlines<int> deadlines;
    deadlines.at(1, start + seconds(60));
    deadlines.at(1, start + seconds(6));
    EXPECT_EQ(deadlines.next(), start + seconds(6));
    EXPECT_EQ(deadlines.size(), 1U);
}

TEST(Deadlines, ALaterOneLeavesTheEarlierLookInPlace) {
    Deadlines<int> deadlines;
    deadlines.at(1, start + seconds(6));
    deadlines.at(1, start + seconds(60));
    EXPECT_EQ(deadlines.next(), start + seconds(6));
}

TEST(Deadlines, WhatIsForgottenNeverComes) {
    Deadlines<int> deadlines;
    deadlines.at(1, start + seconds(6));
    deadlines.forget(1);
    deadlines.forget(2);
    EXPECT_FALSE(deadlines.next());
    EXPECT_EQ(deadlines.size(), 0U);
}

}  // namespace
}  // namespace hub
