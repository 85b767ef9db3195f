#include "scheduler/cli/event_reader.hpp"
#include "scheduler/cli/events_command.hpp"
#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cli {
namespace {

using ::testing::HasSubstr;

class EventReaderTest : public ::testing::Test {
  protected:
    std::vector<StreamedEvent> events;
    EventReader reader{[this](const StreamedEvent& event) { events.push_back(event); }};
};

TEST_F(EventReaderTest, ReadsWhatComesInAnyPortions) {
    const std::string text =
        ": hello\n\nretry: 3000\n\nid: 7\nevent: twin\ndata: {\"a\":1}\n\ndata:x\rdata: y\r\n\r\n";
    for (std::size_t portion = 1; portion < text.size(); ++portion) {
        events.clear();
        EventReader fresh([this](const StreamedEvent& event) { events.push_back(event); });
        for (std::size_t at = 0; at < text.size(); at += portion)
            ASSERT_TRUE(fresh.feed(text.substr(at, portion)));
        ASSERT_EQ(events.size(), 2U) << portion;
        EXPECT_EQ(events[0].id, "7");
        EXPECT_EQ(events[0].kind, "twin");
        EXPECT_EQ(events[0].data, R"({"a":1})");
        EXPECT_EQ(events[1].id, "7");
        EXPECT_EQ(events[1].kind, "message");
        EXPECT_EQ(events[1].data, "x\ny");
    }
}

TEST_F(EventReaderTest, AnEventWithoutDataIsNone) {
    ASSERT_TRUE(reader.feed("event: twin\nid: 4\n\n\n\n"));
    EXPECT_TRUE(events.empty());
}

TEST_F(EventReaderTest, WhatItHoldsIsBounded) {
    const std::string line = "data: " + std::string(1024 * 1024, 'x') + "\n";
    base::Result<void> fed;
    for (int i = 0; i < 9 && fed; ++i)
        fed = reader.feed(line);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, base::Errc::too_large);
}

class EventsTest : public ::testing::Test, protected Bench {
  protected:
    EventsTest() {
        hub.answer("GET /lockhub/v1/capabilities", 200,
                   R"({"name":"lockhub","version":"0.1.0","features":["events"]})");
    }
    void stream(const std::string& text) { hub.answer("GET /lockhub/v1/events", 200, text); }
};

TEST_F(EventsTest, EachEventIsALine) {
    stream(
        "id: 7\nevent: telemetry\ndata: "
        "{\"deviceId\":\"d\",\"enqueuedTime\":\"2026-11-20T20:00:00.5Z\",\"body\":1}\n\n"
        "event: method\ndata: {\"deviceId\":\"e\",\"status\":200}\n\n");
    EXPECT_EQ(run(Events{.count = 2}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "2026-11-20T20:00:00Z  telemetry  d  {\"body\":1}\nmethod  e  {\"status\":200}\n");
}

TEST_F(EventsTest, AJobsLineHasTheTimeOfItsState) {
    stream(
        "id: 7\nevent: job\ndata: {\"time\":\"2026-11-20T20:00:09.5Z\",\"jobId\":\"j\","
        "\"createdTime\":\"2026-11-20T20:00:00Z\",\"status\":\"running\",\"type\":\"scheduleDeviceMethod\","
        "\"cloudToDeviceMethod\":{\"methodName\":\"lockDoor\"},\"deviceJobStatistics\":{\"deviceCount\":9,"
        "\"succeededCount\":3,\"failedCount\":1,\"runningCount\":5,\"pendingCount\":0}}\n\n");
    EXPECT_EQ(run(Events{.count = 1}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "2026-11-20T20:00:09Z  job  j  running  lockDoor  4/9  failed 1\n");
}

TEST_F(EventsTest, ADeviceThatIsNotRegisteredIsTold) {
    stream("id: 7\nevent: twin\ndata: {}\n\n");
    EXPECT_EQ(run(Events{.device = "dor-1", .count = 1}, context).exit, Exit::ok);
    EXPECT_EQ(err.str(), "there is no device 'dor-1' now; 'lockctl device list' shows those there are\n");
    err.str("");
    hub.answer("GET /twins/door-1", 200, "{}");
    EXPECT_EQ(run(Events{.device = "door-1", .count = 1}, context).exit, Exit::ok);
    EXPECT_EQ(err.str(), "");
}

TEST_F(EventsTest, AsJsonTheEventsAreOneArray) {
    context.output.format = Format::json;
    stream("id: 7\nevent: twin\ndata: {}\n\nid: 8\nevent: twin\ndata: {\"a\":1}\n\n");
    EXPECT_EQ(run(Events{.count = 2}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "[{\"id\":7,\"kind\":\"twin\",\"data\":{}},{\"id\":8,\"kind\":\"twin\",\"data\":{\"a\":1}}]\n");
}

TEST_F(EventsTest, WithoutAReaderItEnds) {
    stream("id: 7\nevent: twin\ndata: {}\n\n");
    out.setstate(std::ios::badbit);
    EXPECT_EQ(run(Events{}, context).exit, Exit::reader_gone);
}

TEST_F(EventsTest, AsJsonTheBytesPassAsTheyAre) {
    context.output.format = Format::jsonl;
    stream("id: 7\nevent: telemetry\ndata: {\"n\":9007199254740993}\n\n");
    EXPECT_EQ(run(Events{.count = 1}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), "{\"id\":7,\"kind\":\"telemetry\",\"data\":{\"n\":9007199254740993}}\n");
}

TEST_F(EventsTest, AfterABreakItGoesOnBehindTheLastEvent) {
    stream("id: 7\nevent: twin\ndata: {}\n\n");
    hub.answer("GET /twins/d", 200, "{}");
    hub.fail("GET /lockhub/v1/events", {base::Errc::unavailable, "connection refused"});
    stream("id: 8\nevent: twin\ndata: {}\n\n");
    EXPECT_EQ(run(Events{.device = "d", .kinds = "twin", .count = 2}, context).exit, Exit::ok);
    const auto asked = hub.asked("GET /lockhub/v1/events");
    ASSERT_EQ(asked.size(), 3U);
    EXPECT_EQ(asked[0].query.at("kind"), "twin");
    EXPECT_EQ(asked[0].query.at("device"), "d");
    EXPECT_FALSE(asked[0].headers.contains("Last-Event-ID"));
    EXPECT_EQ(asked[2].headers.at("Last-Event-ID"), "7");
    EXPECT_EQ(err.str(), "connection refused; trying again until Ctrl-C\n");
}

TEST_F(EventsTest, AHubThatWasNeverThereIsAnError) {
    hub.fail("GET /lockhub/v1/events", {base::Errc::unavailable, "connection refused"});
    EXPECT_EQ(run(Events{}, context).exit, Exit::failure);
}

TEST_F(EventsTest, WhatTheStreamSaysOfItselfIsARemark) {
    stream("event: dropped\ndata: {\"message\":\"this reader is too slow\"}\n\n");
    stream("id: 8\nevent: twin\ndata: {}\n\n");
    EXPECT_EQ(run(Events{.count = 1}, context).exit, Exit::ok);
    EXPECT_EQ(err.str(), "dropped: this reader is too slow\n");
}

TEST_F(EventsTest, CtrlCEndsIt) {
    pauses_until_interrupt = 5;
    stream("id: 8\nevent: twin\ndata: {}\n\n");
    context.output.live = true;
    EXPECT_EQ(run(Events{}, context).exit, Exit::interrupted);
    EXPECT_THAT(err.str(), ::testing::StartsWith("listening; Ctrl-C ends it\n"));
}

TEST_F(EventsTest, AnotherHubIsNotAsked) {
    Bench azure;
    const auto outcome = run(Events{}, azure.context);
    EXPECT_EQ(outcome.exit, Exit::refused);
    EXPECT_THAT(outcome.message, HasSubstr("az iot hub monitor-events"));
}

}  // namespace
}  // namespace cli
