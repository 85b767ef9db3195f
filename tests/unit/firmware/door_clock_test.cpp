#include "tests/unit/firmware/door_rig.hpp"

#include <gmock/gmock.h>

namespace firmware {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr base::SystemTime far_ahead{std::chrono::sys_days{std::chrono::year{2099} / 1 / 1}};
constexpr base::SystemTime right_date{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};

// A door that rests locked and has once run with a clock that was far ahead.
class DoorClockTest : public ::testing::Test {
  protected:
    DoorClockTest() {
        options.resting = Target::locked;
        rig.emplace(options);
        rig->bolt_locked = true;
        rig->speak();
        rig->clock.set_system(far_ahead);
        rig->command(Target::unlocked, minutes(10));
        rig->arrive();
        rig->store->finish_all();
        rig->clock.set_system(right_date);
    }
    void restart() {
        rig->restart();
        rig->speak();
    }
    int status_of_a_dated_command() {
        rig->answers.clear();
        rig->command(Target::locked, {}, {}, rig->clock.system_now() + minutes(1));
        if (rig->answers.empty()) rig->arrive();
        rig->store->finish_all();
        return rig->answers.at(0).status;
    }

    DoorRig::Options options;
    std::optional<DoorRig> rig;
};

TEST_F(DoorClockTest, SaysWhatItRemembersAndWhatHelpsWhenItDoesNotBelieveTheDate) {
    restart();
    EXPECT_THAT(rig->warned,
                Contains(AllOf(HasSubstr("clock_not_trusted"), HasSubstr("now=2026-11-21T00:00:00"),
                               HasSubstr("known=2099-01-01T00:00:00"), HasSubstr("NTP"))));
    EXPECT_FALSE(rig->door->clock_is_trusted());
    ASSERT_TRUE(rig->door->facts().not_before);
    EXPECT_EQ(*rig->door->facts().not_before, far_ahead);
    base::Json told = base::Json::object();
    describe(rig->door->facts(), told);
    EXPECT_EQ(told.find("clockTrusted").as_bool(), false);
    EXPECT_THAT(told.find("clockNotBefore").as_string().value_or(""), HasSubstr("2099-01-01T00:00:00"));
    EXPECT_EQ(status_of_a_dated_command(), 503);
}

TEST_F(DoorClockTest, BelievesADateThatIsKeptRightWhateverItRemembers) {
    rig->date_is_kept = true;
    restart();
    EXPECT_TRUE(rig->door->clock_is_trusted());
    EXPECT_FALSE(rig->door->facts().not_before);
    EXPECT_EQ(status_of_a_dated_command(), 200);
    rig->date_is_kept = false;
    EXPECT_TRUE(rig->door->clock_is_trusted()) << "and forgets what it remembered";
    restart();
    EXPECT_TRUE(rig->door->clock_is_trusted());
    rig->clock.set_system(right_date - minutes(1));
    EXPECT_FALSE(rig->door->clock_is_trusted()) << "a date that nobody keeps is not set back";
}

TEST_F(DoorClockTest, NoticesADateThatIsKeptRightWhileItRunsAndForgetsTheWrongOneAtOnce) {
    restart();
    rig->store->finish_all();
    EXPECT_FALSE(rig->door->clock_is_trusted());
    rig->date_is_kept = true;
    rig->pass(seconds(10));
    rig->store->finish_all();
    EXPECT_LT(parse_state(*rig->store->durable())->saved_at, right_date + minutes(1));
}

TEST_F(DoorClockTest, NeverBelievesADateFromBeforeItWasMade) {
    rig->date_is_kept = true;
    rig->clock.set_system(base::SystemTime{} + std::chrono::hours(1));
    restart();
    EXPECT_FALSE(rig->door->clock_is_trusted());
    rig->store->finish_all();
    EXPECT_GE(parse_state(*rig->store->durable())->saved_at, far_ahead);
}

// How much time has passed since then, nobody knows.
TEST_F(DoorClockTest, EndsAnUnlockingWhoseDatesAreThoseOfTheWrongClock) {
    rig->date_is_kept = true;
    restart();
    EXPECT_FALSE(rig->door->facts().hold);
    EXPECT_EQ(rig->drives.back(), Drive::toward_locked);
}

}  // namespace
}  // namespace firmware
