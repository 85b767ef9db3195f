#include "scheduler/hub/job_gateway.hpp"

#include "base/iso8601.hpp"
#include "scheduler/jobs/request.hpp"
#include "scheduler/jobs/runner.hpp"
#include "tests/unit/hub/full_link.hpp"
#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace hub {
namespace {

using jobs::MethodOutcome;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

class JobGatewayTest : public testing::Test {
  protected:
    MethodOutcome call(const std::string& device_id) {
        hub.gateway.call_method(device_id, {"lockDoor", "null", seconds(30), seconds(0), {}},
                                [this](MethodOutcome done) { outcome = std::move(done); });
        return outcome.value_or(MethodOutcome{});
    }
    HubRig hub;
    FakeLink link;
    std::optional<MethodOutcome> outcome;
};

TEST_F(JobGatewayTest, SendsNothingToADeviceThatIsAway) {
    hub.add_device("d1");
    EXPECT_FALSE(hub.gateway.is_online("d1"));
    EXPECT_EQ(call("d1").kind, MethodOutcome::Kind::not_sent);
}

TEST_F(JobGatewayTest, DoesNotWaitForADeviceThatDoesNotExist) {
    EXPECT_EQ(call("d1").kind, MethodOutcome::Kind::rejected);
    EXPECT_EQ(outcome->error.code, "DeviceNotFound");
}

TEST_F(JobGatewayTest, BringsBackTheAnswer) {
    hub.connect("d1", link);
    EXPECT_TRUE(hub.gateway.is_online("d1"));
    call("d1");
    ASSERT_TRUE(hub.publish("d1", link, "$iothub/methods/res/409/?$rid=" + link.last_rid(), "{\"a\":1}"));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->kind, MethodOutcome::Kind::answered);
    EXPECT_EQ(outcome->status, 409);
    EXPECT_EQ(outcome->payload, "{\"a\":1}");
}

TEST_F(JobGatewayTest, TellsSilenceFromALostConnection) {
    hub.connect("d1", link);
    call("d1");
    hub.clock.advance(seconds(30));
    hub.calls.tick();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->kind, MethodOutcome::Kind::timed_out);
    outcome.reset();
    call("d1");
    hub.sessions.detach("d1", link);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->kind, MethodOutcome::Kind::connection_lost);
}

TEST_F(JobGatewayTest, TellsThatALinkWhichEndsInsteadOfTakingACallHasNotSentIt) {
    FullLink full(hub);
    ASSERT_TRUE(hub.commit());
    EXPECT_EQ(call("d1").kind, MethodOutcome::Kind::not_sent);
}

TEST_F(JobGatewayTest, PatchesATwinWithinTheTurn) {
    hub.add_device("d1");
    std::optional<jobs::RowError> error;
    bool done = false;
    const auto take = [&](std::optional<jobs::RowError> result) {
        done = true;
        error = std::move(result);
    };
    hub.gateway.patch_twin("d1", {R"({"etag":"*","tags":{"a":1},"properties":{"desired":{"b":2}}})"}, take);
    EXPECT_TRUE(done);
    EXPECT_FALSE(error);
    EXPECT_THAT(hub.twins.service_view("d1").value(), HasSubstr(R"("tags":{"a":1})"));
    hub.gateway.patch_twin("absent", {R"({"etag":"*","tags":{"a":1}})"}, take);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, "DeviceNotFound");
}

TEST_F(JobGatewayTest, ExplainsAConditionThatIsWrong) {
    const auto targets = hub.gateway.targets("tags.building ==");
    ASSERT_FALSE(targets);
    EXPECT_EQ(targets.error().code, base::Errc::invalid_argument);
    EXPECT_THAT(targets.error().message, StartsWith("SQL query parse failed due to following errors: "));
}

// The tutorial's two jobs, over the whole domain, in no time.
class JobsOverTheHub : public testing::Test {
  protected:
    struct Hub : HubRig {
        explicit Hub(const std::string& path, base::SystemTime now) : HubRig(path) {
            clock.set_system(now);
            sessions.callable.connect([this](const std::string& id) { runner.device_online(id); });
            runner.recover();
        }
        void pass(seconds time) {
            clock.advance(time);
            for (int i = 0; i < 20; ++i) {
                runner.tick();
                calls.tick();
                ASSERT_TRUE(commit());
            }
        }
        void submit(const std::string& id, const std::string& body) {
            auto request = jobs::parse_job_request(id, body, clock.system_now());
            ASSERT_TRUE(std::holds_alternative<jobs::Job>(request));
            ASSERT_TRUE(
                std::holds_alternative<jobs::Job>(runner.submit(std::get<jobs::Job>(std::move(request)))));
            ASSERT_TRUE(commit());
        }
        jobs::JobStatus status(const std::string& id) { return (*runner.find(id))->status; }

        jobs::JobRunner runner{jobs, gateway, gateway, clock, {}};
    };

    std::string at(seconds later) { return base_time(later); }
    std::string base_time(seconds later) { return base::format_iso8601(start + later); }
    std::string twin_job() {
        return R"({"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","properties":{"desired":)"
               R"({"building":43,"floor":3}}},"queryCondition":"deviceId IN ['door-1']","startTime":")" +
               at(seconds(10)) + R"("})";
    }
    std::string lock_job() {
        return R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"lockDoor",)"
               R"("payload":{"lockTime":"10m"}},"queryCondition":"deviceId IN ['door-1']","startTime":")" +
               at(seconds(20)) + R"("})";
    }

    ScratchFile file{"hub.db"};
    base::SystemTime start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};
};

TEST_F(JobsOverTheHub, PatchThenLockADoor) {
    Hub hub(file.path(), start);
    FakeLink door;
    hub.connect("door-1", door);
    hub.submit("twin", twin_job());
    hub.submit("lock", lock_job());
    EXPECT_TRUE(door.sent.empty());

    hub.pass(seconds(10));
    EXPECT_EQ(door.last().payload, R"({"building":43,"floor":3,"$version":2})");
    EXPECT_EQ(hub.status("twin"), jobs::JobStatus::completed);

    hub.pass(seconds(10));
    ASSERT_THAT(door.last().topic, StartsWith("$iothub/methods/POST/lockDoor/"));
    EXPECT_EQ(door.last().payload, R"({"lockTime":"10m"})");
    ASSERT_TRUE(
        hub.publish("door-1", door, "$iothub/methods/res/200/?$rid=" + door.last_rid(), R"({"ok":true})"));
    hub.pass(seconds(0));
    EXPECT_EQ(hub.status("lock"), jobs::JobStatus::completed);
    EXPECT_EQ((*hub.runner.find("lock"))->statistics.succeeded, 1U);
}

// §3: a module is a target like a device, and §2.7 names it in its row.
TEST_F(JobsOverTheHub, CallModules) {
    Hub hub(file.path(), start);
    hub.add_device("door-1");
    FakeLink camera;
    hub.connect("door-1/cam", camera);
    hub.submit("snap", R"({"type":"scheduleDeviceMethod","cloudToDeviceMethod":{"methodName":"snap"},)"
                       R"("queryCondition":"FROM devices.modules WHERE moduleId = 'cam'"})");
    hub.pass(seconds(1));
    ASSERT_THAT(camera.last().topic, StartsWith("$iothub/methods/POST/snap/"));
    ASSERT_TRUE(hub.publish("door-1/cam", camera, "$iothub/methods/res/200/?$rid=" + camera.last_rid(), "1"));
    hub.pass(seconds(0));
    EXPECT_EQ(hub.status("snap"), jobs::JobStatus::completed);
    std::string rows;
    hub.queries.run(
        {.text = "SELECT * FROM devices.jobs WHERE deviceId = 'door-1'", .page = 100, .continuation = {}},
        [&](const Outcome<QueryPage>& page) { rows = page ? page->items : page.error().message; });
    EXPECT_THAT(rows, testing::HasSubstr(R"("deviceId":"door-1","moduleId":"cam","jobId":"snap")"));
}

TEST_F(JobsOverTheHub, GoOnAfterARestartAndCallADoorWhenItComes) {
    {
        Hub before(file.path(), start);
        before.add_device("door-1");
        before.submit("lock", lock_job());
    }
    Hub after(file.path(), start + seconds(25));
    after.pass(seconds(1));
    EXPECT_EQ(after.status("lock"), jobs::JobStatus::running);
    FakeLink door;
    after.connect("door-1", door);
    after.pass(seconds(0));
    ASSERT_THAT(door.last().topic, StartsWith("$iothub/methods/POST/lockDoor/"));
}

}  // namespace
}  // namespace hub
