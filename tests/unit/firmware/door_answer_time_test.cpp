#include "base/json.hpp"
#include "tests/unit/firmware/door_rig.hpp"

#include <gmock/gmock.h>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

// A door on a disk that does nothing until the test says so.
class DoorAnswerTimeTest : public ::testing::Test {
  protected:
    DoorAnswerTimeTest() {
        rig.options.lock.timings.travel = seconds(10);
        rig.restart();
        rig.speak();
    }
    DoorRig rig{DoorRig::Options()};
};

TEST_F(DoorAnswerTimeTest, TellsWhatHasHappenedThoughItIsNotDurableYet) {
    rig.command(Target::locked, minutes(10));
    rig.arrive();
    rig.pass(longest_answer - milliseconds(1));
    EXPECT_TRUE(rig.answers.empty());
    rig.pass(milliseconds(1));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    rig.store->finish_all();
    EXPECT_EQ(rig.answers.size(), 1U) << "nobody is answered twice";
}

TEST_F(DoorAnswerTimeTest, CarriesOutNothingWhoseIntentIsNotWrittenByThen) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.pass(seconds(1));
    rig.command(Target::locked, minutes(10), "id-1");
    rig.pass(longest_answer - seconds(1));
    ASSERT_EQ(rig.answers.size(), 2U) << "who repeats it is told, too";
    EXPECT_EQ(rig.answers[0].status, 500);
    EXPECT_THAT(rig.answers[0].body,
                HasSubstr("the disk has not taken the command within 25s, so it was not carried out"));
    rig.store->finish_all();
    EXPECT_EQ(rig.movements(), 0U);
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    EXPECT_EQ(rig.movements(), 1U) << "a repeat, later, may";
}

TEST_F(DoorAnswerTimeTest, SaysThatABoltIsOnItsWayWhenTheDiskHasUsedUpTheTimeAndARepeatLearnsTheRest) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.pass(seconds(20));
    rig.store->finish_all();
    rig.pass(seconds(5));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500);
    const auto body = base::Json::parse(rig.answers[0].body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->find("outcome").as_string(), "unknown");
    EXPECT_EQ(body->find("lock").as_string(), "locking");
    rig.command(Target::locked, minutes(10), "id-1");
    rig.arrive();
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 2U);
    EXPECT_EQ(rig.answers[1].status, 200);
    EXPECT_EQ(rig.movements(), 1U);
}

TEST_F(DoorAnswerTimeTest, AnswersARepeatOfAnEarlierLifeInTime) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    rig.restart();
    rig.command(Target::locked, minutes(10), "id-1");
    rig.pass(longest_answer);
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 500);
    EXPECT_EQ(rig.movements(), 0U);
}

TEST_F(DoorAnswerTimeTest, MakesRoomForFurtherCommands) {
    for (std::size_t i = 0; i < Door::operations_most; ++i)
        rig.command(Target::locked, minutes(10), "id-" + std::to_string(i));
    rig.pass(longest_answer);
    ASSERT_EQ(rig.answers.size(), Door::operations_most);
    rig.command(Target::locked, minutes(10));
    EXPECT_EQ(rig.movements(), 1U);
}

TEST_F(DoorAnswerTimeTest, AnswersAtOnceWhenItStopsWhileTheDiskHangs) {
    rig.command(Target::locked, minutes(10));
    rig.door->stop();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 503);
}

TEST_F(DoorAnswerTimeTest, WaitsForAnOutcomeToBeDurableWhenItStops) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    rig.arrive();
    rig.door->stop();
    EXPECT_TRUE(rig.answers.empty());
    rig.store->finish_all();
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    EXPECT_EQ(parse_state(*rig.store->durable())->journal.find("id-1")->answer, rig.answers[0]);
}

TEST_F(DoorAnswerTimeTest, TellsAnOutcomeThatIsNotDurableSoonWhenItStops) {
    rig.command(Target::locked, minutes(10), "id-1");
    rig.store->finish_one();
    rig.arrive();
    rig.pass(seconds(1));
    rig.door->stop();
    EXPECT_TRUE(rig.answers.empty());
    ASSERT_TRUE(rig.door->next_due());
    EXPECT_LT(*rig.door->next_due(), rig.clock.steady_now() + seconds(1));
    rig.pass(seconds(1));
    ASSERT_EQ(rig.answers.size(), 1U);
    EXPECT_EQ(rig.answers[0].status, 200);
    rig.store->finish_all();
    EXPECT_EQ(rig.answers.size(), 1U) << "nobody is answered twice";
}

}  // namespace
}  // namespace firmware
