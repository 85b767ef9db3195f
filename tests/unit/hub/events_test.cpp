#include "scheduler/hub/events.hpp"

#include "base/iso8601.hpp"
#include "endpoint_rig.hpp"
#include "scheduler/hub/event_stream.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EventsTest : public testing::Test {
  protected:
    EventsTest() {
        rig.add_device("d1");
        attach();
        rig.commit();
    }
    void attach() {
        rig.sessions.attach({"d1", "dtmi:com:example:Door;1", std::nullopt}, link, false, [](const auto&) {});
        rig.commit();
    }
    void publish(const std::string& bag, const std::string& payload, bool retain = false) {
        protocol::Publish message;
        message.topic = "devices/d1/messages/events/" + bag;
        message.payload = payload;
        message.qos = 1;
        message.retain = retain;
        EXPECT_TRUE(rig.sessions.receive("d1", link, message, [this] { ++acknowledged; }));
    }
    std::vector<std::string> telemetry(std::int64_t after = 0, std::string_view device = {}) {
        std::vector<std::string> all;
        rig.domain.event_log.read_telemetry(device, after, [&](const Event& event) {
            all.push_back(event.data);
            return true;
        });
        return all;
    }
    // What has come over the stream since the last look.
    std::string heard(http::StreamBody& body) {
        std::string all;
        for (int i = 0; i < 50; ++i) {
            rig.commit();
            all += body.take();
            body.left();
        }
        return all;
    }

    EndpointRig rig;
    FakeLink link;
    int acknowledged = 0;
    EventStreams streams{rig.database,
                         rig.domain.event_log,
                         rig.domain.events,
                         rig.clock,
                         {.streams = 2, .waiting = 2000, .page = 3, .heartbeat = 15s}};
};

// §1.5: system and application properties; §1.1: flags; §8: the model.
TEST_F(EventsTest, TelemetryIsKeptWithItsProperties) {
    publish("%24.mid=m1&%24.ct=application%2Fjson&%24.ce=utf-8&floor=3&empty", R"({"t":9007199254740993})",
            true);
    rig.commit();
    const auto all = telemetry();
    ASSERT_EQ(all.size(), 1U);
    const auto json = parsed(all[0]);
    EXPECT_EQ(json.find("deviceId").as_string(), "d1");
    const auto system = json.find("systemProperties");
    EXPECT_EQ(system.find("iothub-connection-device-id").as_string(), "d1");
    EXPECT_EQ(system.find("message-id").as_string(), "m1");
    EXPECT_EQ(system.find("content-type").as_string(), "application/json");
    EXPECT_EQ(system.find("content-encoding").as_string(), "utf-8");
    EXPECT_EQ(system.find("dt-dataschema").as_string(), "dtmi:com:example:Door;1");
    EXPECT_EQ(system.find("iothub-enqueuedtime").as_string(), json.find("enqueuedTime").as_string());
    const auto own = json.find("properties");
    EXPECT_EQ(own.find("floor").as_string(), "3");
    EXPECT_TRUE(own.find("empty").is_null());
    EXPECT_EQ(own.find("mqtt-retain").as_string(), "true");
    EXPECT_THAT(all[0], HasSubstr(R"("body":{"t":9007199254740993})"));
}

TEST_F(EventsTest, WhatIsNoJsonIsKeptAsBytes) {
    publish("", std::string("\xff\0", 2));
    rig.commit();
    EXPECT_THAT(telemetry(), ElementsAre(HasSubstr(R"("bodyBase64":"/wA=")")));
}

TEST_F(EventsTest, APubackComesAfterTheCommitThatKeepsTheMessage) {
    publish("", "1");
    EXPECT_EQ(acknowledged, 0);
    rig.commit();
    EXPECT_EQ(acknowledged, 1);
    EXPECT_THAT(telemetry(), Not(IsEmpty()));
}

TEST_F(EventsTest, TheLogIsBoundedInBytesAndCountsWhatItDrops) {
    EventLog log(rig.database, rig.clock, {.age = std::chrono::hours(1), .bytes = 1000});
    for (int i = 0; i < 100; ++i) {
        log.append(EventKind::telemetry, "d1", "{\"x\":\"" + std::string(94, 'x') + "\"}");
    }
    EXPECT_LE(log.totals().bytes, 1000);
    EXPECT_GE(log.dropped(), 93U);
    EXPECT_EQ(log.newest() - log.oldest() + 1, log.totals().events);
}

TEST_F(EventsTest, TheLogIsBoundedInTime) {
    EventLog log(rig.database, rig.clock, {.age = std::chrono::hours(1), .bytes = 1 << 20});
    log.append(EventKind::telemetry, "d1", "{}");
    rig.clock.advance(59min);
    const std::int64_t second = log.append(EventKind::telemetry, "d1", "{}");
    rig.clock.advance(2min);
    while (log.prune()) {
    }
    EXPECT_EQ(log.oldest(), second);
    EXPECT_EQ(log.first_since(rig.clock.system_now() - 2min), second);
    EXPECT_EQ(log.first_since(rig.clock.system_now()), second + 1);
}

TEST_F(EventsTest, AStreamTellsWhatHappens) {
    const auto body = streams.open({});
    EXPECT_THAT(heard(*body), HasSubstr("retry:"));
    publish("", "1");
    (void)rig.twins.patch("d1", R"({"tags":{"floor":3}})", IfMatch::parse("*"));
    const std::string said = heard(*body);
    EXPECT_THAT(said, AllOf(HasSubstr("event: telemetry\ndata: {\"deviceId\":\"d1\""),
                            HasSubstr("event: twin\n"), HasSubstr(R"("tags":{"floor":3})")));
    rig.sessions.detach("d1", link);
    EXPECT_THAT(heard(*body), AllOf(HasSubstr("event: connection"), HasSubstr("Disconnected"),
                                    HasSubstr("the connection ended")));
    rig.calls.call("d1", MethodRequest{.name = "lockDoor"}, [](const auto&) {});
    const std::string method = heard(*body);
    EXPECT_THAT(method,
                AllOf(HasSubstr("event: method"), HasSubstr("DeviceNotOnline"), HasSubstr("lockDoor")));
    EXPECT_THAT(method, Not(HasSubstr("id: ")));  // it is kept nowhere
}

TEST_F(EventsTest, NothingIsToldBeforeItsCommit) {
    const auto body = streams.open({});
    (void)heard(*body);
    publish("", "1");
    EXPECT_THAT(body->take(), IsEmpty());
    EXPECT_THAT(heard(*body), HasSubstr("telemetry"));
}

TEST_F(EventsTest, TheProgressOfAJobIsToldButOnlyItsStatesAreKept) {
    jobs::Job job;
    job.id = "j1";
    job.action = jobs::MethodAction{};
    job.status = jobs::JobStatus::running;
    EventRecorder recorder(rig.domain.events, rig.sessions, rig.twins, rig.calls, rig.domain.job_store,
                           rig.clock);
    recorder.follow([&](const std::string&) { return job; });
    ASSERT_TRUE(rig.domain.job_store.save_job(job));
    rig.commit();
    const std::int64_t kept = rig.domain.event_log.newest();
    const auto body = streams.open({});
    (void)heard(*body);
    job.statistics.succeeded = 7;
    rig.clock.advance(1s);
    recorder.tick();
    recorder.tick();
    const std::string said = heard(*body);
    EXPECT_THAT(said,
                AllOf(HasSubstr("event: job\n"), HasSubstr("\"succeededCount\":7"), Not(HasSubstr("id: "))));
    EXPECT_THAT(said, HasSubstr("data: {\"time\":\"" + base::format_iso8601(rig.clock.system_now()) +
                                "\",\"jobId\":"));
    EXPECT_EQ(rig.domain.event_log.newest(), kept);
    EXPECT_TRUE(recorder.next_due());
    job.status = jobs::JobStatus::completed;
    ASSERT_TRUE(rig.domain.job_store.save_job(job));
    EXPECT_FALSE(recorder.next_due());
}

TEST_F(EventsTest, AStreamTellsWhatItIsAskedFor) {
    EventFilter filter;
    filter.kinds.fill(false);
    filter.kinds.at(static_cast<std::size_t>(EventKind::telemetry)) = true;
    filter.device_id = "d2";
    const auto body = streams.open({.filter = filter, .after = {}, .until = {}});
    publish("", "1");
    (void)rig.twins.patch("d1", R"({"tags":{"floor":3}})", IfMatch::parse("*"));
    EXPECT_THAT(heard(*body), Not(HasSubstr("event:")));
}

TEST_F(EventsTest, AStreamGoesOnBehindTheLastEvent) {
    for (int i = 0; i < 10; ++i) {
        publish("", std::to_string(i));
    }
    rig.commit();
    const std::int64_t last = rig.domain.event_log.newest();
    const auto body = streams.open({.filter = {}, .after = last - 8, .until = {}});
    const std::string said = heard(*body);
    EXPECT_THAT(said,
                AllOf(HasSubstr(R"("body":2)"), HasSubstr(R"("body":9)"), Not(HasSubstr(R"("body":1})"))));
    EXPECT_THAT(said, Not(HasSubstr("gap")));
    publish("", "10");
    EXPECT_THAT(heard(*body), HasSubstr("id: " + std::to_string(last + 1) + "\nevent: telemetry"));
}

TEST_F(EventsTest, AStreamSaysThatThereIsAGap) {
    const auto body = streams.open({.filter = {}, .after = 1'000'000, .until = {}});
    EXPECT_THAT(heard(*body), HasSubstr("event: gap\n"));
}

TEST_F(EventsTest, ASlowReaderIsDroppedWithALastWord) {
    const auto body = streams.open({});
    rig.commit();
    for (int i = 0; i < 100; ++i) {
        publish("", std::to_string(i));
        rig.commit();
    }
    EXPECT_LT(body->waiting(), 3000U);
    EXPECT_THAT(body->take(), HasSubstr("event: dropped\n"));
    EXPECT_TRUE(body->finished());
}

TEST_F(EventsTest, StreamsAreBoundedAndEndWithTheirTokens) {
    const auto first = streams.open({.filter = {}, .after = {}, .until = rig.clock.system_now() + 10s});
    const auto second = streams.open({});
    EXPECT_FALSE(streams.has_room());
    (void)heard(*first);
    (void)heard(*second);
    rig.clock.advance(16s);
    streams.tick();
    EXPECT_THAT(first->take(), HasSubstr("event: expired"));
    EXPECT_TRUE(first->finished());
    EXPECT_EQ(second->take(), ":\n\n");  // the heartbeat
    EXPECT_TRUE(streams.has_room());
}

// A key that was given away may be what the policy was rolled for.
TEST_F(EventsTest, AStreamEndsWithThePolicyThatOpenedIt) {
    rig.domain.policies.changed.connect([this](const std::string& name) { streams.policy_changed(name); });
    const auto theirs = streams.open({.filter = {}, .after = {}, .until = {}, .policy = "service"});
    const auto other = streams.open({.filter = {}, .after = {}, .until = {}, .policy = "iothubowner"});
    (void)heard(*theirs);
    const Policy before = *rig.policies.find("service");
    ASSERT_TRUE(rig.policies.put("service", {.rights = before.rights, .keys = {}}));
    rig.commit();
    EXPECT_FALSE(theirs->finished());  // nothing has changed
    ASSERT_TRUE(rig.policies.put(
        "service", {.rights = before.rights, .keys = {before.keys.secondary, before.keys.primary}}));
    EXPECT_FALSE(theirs->finished());  // not durable yet
    rig.commit();
    EXPECT_THAT(theirs->take(), HasSubstr("event: expired"));
    EXPECT_TRUE(theirs->finished());
    EXPECT_FALSE(other->finished());
}

TEST_F(EventsTest, EveryLineOfTheDataIsAField) {
    const auto body = streams.open({});
    publish("", "{\n\"a\":\r\n1}");
    EXPECT_THAT(heard(*body), HasSubstr("{\ndata: \"a\":\ndata: 1}"));
}

}  // namespace
}  // namespace hub
