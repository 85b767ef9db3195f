#include "scheduler/cli/job_retry.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class JobRetryTest : public ::testing::Test, protected Bench {
  protected:
    void job_is(const std::string& status,
                const std::string& payload = R"({"lockTime":1.50,"commandId":"old"})") {
        hub.answer(
            "GET /jobs/v2/j", 200,
            R"({"jobId":"j","queryCondition":"*","maxExecutionTimeInSeconds":300,)"
            R"("type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor","payload":)" +
                payload + R"(,"responseTimeoutInSeconds":30},"rate":5,"status":")" + status + "\"}");
        hub.answer(route, 200, R"({"jobId":"n","status":"queued"})");
    }
    void rows_are(const std::string& rows) { hub.answer("POST /devices/query", 200, "[" + rows + "]"); }
    static std::string refused(const std::string& id) {
        return R"({"deviceId":")" + id +
               R"(","status":"completed","outcome":{"deviceMethodResponse":{"status":409}}})";
    }
    static std::string silent(const std::string& id) {
        return R"({"deviceId":")" + id + R"(","status":"failed","error":{"code":"DeviceTimeout"}})";
    }
    // By the clock of the bench and the id it makes up.
    const std::string route = "PUT /jobs/v2/20261120-000000-0a1b";
};

TEST_F(JobRetryTest, ARefusedCommandGetsANewIdBecauseTheDoorWouldAnswerTheOldOneAsBefore) {
    job_is("completed");
    rows_are(refused("a") + "," +
             R"({"deviceId":"b","status":"completed","outcome":{"deviceMethodResponse":{"status":200}}})");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    const auto asked = hub.asked(route);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_THAT(
        asked.at(0).body,
        HasSubstr(R"("payload":{"lockTime":1.50,"commandId":"0a1b2c3d-0000-4000-8000-000000000000"})"));
    EXPECT_THAT(asked.at(0).body, HasSubstr(R"("queryCondition":"deviceId IN ['a']")"));
    EXPECT_THAT(asked.at(0).body, HasSubstr(R"("maxExecutionTimeInSeconds":300,"rate":5)"));
    EXPECT_THAT(out.str(), HasSubstr("queued for 1 device\n"));
}

TEST_F(JobRetryTest, TakesTheDevicesWhoseTurnNeverCame) {
    hub.be_lockhub();
    job_is("failed");
    rows_are(refused("a") + R"(,{"deviceId":"b","status":"canceled"})");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    EXPECT_THAT(hub.asked("POST /devices/query").at(0).body, HasSubstr("status = 'canceled')"));
    EXPECT_THAT(hub.asked(route).at(0).body, HasSubstr("IN ['a','b']"));
}

TEST_F(JobRetryTest, ACallThatNobodyHeardTheAnswerOfKeepsItsId) {
    job_is("completed");
    rows_are(silent("a") + "," + refused("b"));
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    const auto asked = hub.asked(route);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_THAT(asked.at(0).body, HasSubstr(R"("commandId":"old")"));
    EXPECT_THAT(asked.at(0).body, HasSubstr("IN ['a']"));
    EXPECT_THAT(asked.at(1).body, Not(HasSubstr(R"("old")")));
    EXPECT_THAT(asked.at(1).body, HasSubstr("IN ['b']"));
}

TEST_F(JobRetryTest, APayloadWithoutACommandIdPassesUnchanged) {
    job_is("completed", R"({"n":9007199254740993})");
    rows_are(refused("it's"));
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::ok);
    EXPECT_THAT(hub.asked(route).at(0).body, HasSubstr(R"("payload":{"n":9007199254740993})"));
    EXPECT_THAT(hub.asked(route).at(0).body, HasSubstr(R"(IN ['it\\'s'])"));
}

TEST_F(JobRetryTest, WhereNothingFailedNothingIsDone) {
    job_is("completed");
    rows_are("");
    EXPECT_EQ(run(JobRetry{.id = "j"}, context).exit, Exit::nothing_matched);
    EXPECT_TRUE(hub.asked(route).empty());
}

TEST_F(JobRetryTest, AJobThatIsNotOverIsNotRetried) {
    job_is("running");
    const auto outcome = run(JobRetry{.id = "j"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("is running"));
}

TEST_F(JobRetryTest, AnUnknownJobIsNamed) {
    EXPECT_THAT(run(JobRetry{.id = "j"}, context).message, HasSubstr("no job 'j'"));
}

}  // namespace
}  // namespace cli
