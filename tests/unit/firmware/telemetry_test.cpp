#include "firmware/telemetry.hpp"

#include "protocol/property_bag.hpp"
#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firmware {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TelemetryTest : public ::testing::Test {
  protected:
    struct Sent {
        std::string topic;
        std::string body;
        std::uint64_t number;
    };

    void add(std::string kind = "jam", bool trusted = true) {
        telemetry.add({.kind = std::move(kind),
                       .facts = base::Json::object({{"target", "locked"}}),
                       .at = clock.system_now(),
                       .clock_trusted = trusted});
    }
    void connect() {
        telemetry.connected([this](const std::string& topic, const std::string& body, std::uint64_t number) {
            if (full) return base::Result<void>(base::Error{base::Errc::unavailable, "full"});
            sent.push_back({topic, body, number});
            return base::Result<void>();
        });
    }
    void pass(milliseconds time) {
        clock.advance(time);
        telemetry.tick();
    }
    std::string property(std::size_t message, std::string_view name) {
        const std::string& topic = sent[message].topic;
        const auto bag = protocol::parse_property_bag(topic.substr(topic.rfind('/') + 1));
        const auto* found = protocol::find_property(*bag, name);
        return found != nullptr ? found->value.value_or("") : "(none)";
    }

    base::ManualClock clock;
    std::vector<std::string> said;
    base::Log log{base::Level::warning,
                  [this](base::Level, std::string_view line) { said.emplace_back(line); }};
    FakeTelemetryStore store;
    std::vector<Sent> sent;
    bool full = false;
    Telemetry telemetry{{}, "cafe", "door-1", {.events = 100, .bytes = 10000}, store, clock, log, [] {}};
};

TEST_F(TelemetryTest, SendsAnEventWithItsNumberIdTimeAndType) {
    connect();
    add();
    EXPECT_TRUE(sent.empty()) << "a number is spent only on what is durable";
    store.finish();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].topic.starts_with("devices/door-1/messages/events/"));
    EXPECT_TRUE(property(0, "$.mid").starts_with("cafe-1-"));
    EXPECT_EQ(property(0, "$.ct"), "application/json");
    EXPECT_EQ(property(0, "$.ce"), "utf-8");
    EXPECT_EQ(property(0, "event"), "jam");
    EXPECT_EQ(property(0, "dropped"), "(none)");
    const auto body = base::Json::parse(sent[0].body);
    EXPECT_EQ(body->find("seq").as_integer(), 1);
    EXPECT_EQ(body->find("target").as_string(), "locked");
    EXPECT_EQ(body->find("at").as_string(), property(0, "$.ctime"));
}

TEST_F(TelemetryTest, TellsNoDateThatNobodyBelieves) {
    connect();
    add("start", false);
    store.finish();
    EXPECT_EQ(property(0, "$.ctime"), "(none)");
    EXPECT_EQ(base::Json::parse(sent[0].body)->find("clockTrusted").as_bool(), false);
    EXPECT_FALSE(base::Json::parse(sent[0].body)->find("at").exists());
}

TEST_F(TelemetryTest, GathersTheEventsOfASecondIntoOneWrite) {
    for (int i = 0; i < 10; ++i)
        add();
    store.finish();
    EXPECT_FALSE(store.busy());
    pass(milliseconds(999));
    EXPECT_FALSE(store.busy());
    EXPECT_EQ(*telemetry.next_due(), clock.steady_now() + milliseconds(1));
    pass(milliseconds(1));
    store.finish();
    EXPECT_EQ(store.writes(), 2U);
    EXPECT_EQ(parse_telemetry(store.durable()).waiting.size(), 10U);
}

TEST_F(TelemetryTest, NotesDeliveredEventsLaterAndTogether) {
    connect();
    add();
    store.finish();
    telemetry.delivered(1);
    EXPECT_EQ(telemetry.waiting(), 0U);
    pass(seconds(29));
    EXPECT_FALSE(store.busy());
    pass(seconds(1));
    store.finish();
    EXPECT_TRUE(parse_telemetry(store.durable()).waiting.empty());
    EXPECT_EQ(telemetry.next_due(), std::nullopt) << "nothing wakes a door that has nothing to say";
}

TEST_F(TelemetryTest, WritesAtOnceWhenTheEndIsNear) {
    connect();
    add();
    store.finish();
    add();
    telemetry.hurry();
    EXPECT_FALSE(telemetry.idle());
    store.finish();
    telemetry.delivered(1);
    telemetry.delivered(2);
    EXPECT_FALSE(telemetry.idle());
    while (store.busy())
        store.finish();
    EXPECT_TRUE(telemetry.idle());
    EXPECT_TRUE(parse_telemetry(store.durable()).waiting.empty());
}

TEST_F(TelemetryTest, KeepsAFewUnderWayAndGoesOnInOrder) {
    for (int i = 0; i < 20; ++i)
        add();
    store.finish();
    pass(seconds(1));
    store.finish();
    connect();
    EXPECT_EQ(sent.size(), Telemetry::window);
    telemetry.delivered(1);
    EXPECT_EQ(sent.size(), Telemetry::window + 1);
    telemetry.disconnected();
    connect();
    ASSERT_EQ(sent.size(), 2 * Telemetry::window + 1);
    EXPECT_EQ(sent[Telemetry::window + 1].number, 2U) << "from the oldest that was not acknowledged";
    while (telemetry.waiting() > 0)
        telemetry.delivered(20 - telemetry.waiting() + 1);
    EXPECT_EQ(sent.back().number, 20U);
}

TEST_F(TelemetryTest, ResumesAfterARestartWithTheUnacknowledged) {
    for (int i = 0; i < 3; ++i)
        add();
    store.finish();
    pass(seconds(1));
    store.finish();
    FakeTelemetryStore same(store.durable());
    Telemetry after(parse_telemetry(store.durable()), "other", "door-1", {}, same, clock, log, [] {});
    std::vector<std::string> again;
    after.connected([&](const std::string& topic, const std::string&, std::uint64_t) {
        again.push_back(topic);
        return base::Result<void>();
    });
    ASSERT_EQ(again.size(), 3U);
    EXPECT_NE(again[0].find("cafe-1-"), std::string::npos) << again[0];
    after.add({.kind = "start", .facts = base::Json::object(), .at = {}, .clock_trusted = false});
    same.finish();
    EXPECT_NE(again[3].find("cafe-4-"), std::string::npos) << again[3];
}

TEST_F(TelemetryTest, DropsTheOldestBeyondItsBoundAndSaysHowMany) {
    for (int i = 0; i < 150; ++i)
        add();
    EXPECT_LE(telemetry.waiting(), 100U);
    EXPECT_EQ(telemetry.dropped(), 150U - telemetry.waiting());
    EXPECT_FALSE(said.empty());
    EXPECT_LT(said.size(), 5U);
    store.finish();
    pass(seconds(1));
    store.finish();
    connect();
    EXPECT_EQ(sent[0].number, telemetry.dropped() + 1);
    EXPECT_EQ(property(0, "dropped"), std::to_string(telemetry.dropped()));
    EXPECT_EQ(parse_telemetry(store.durable()).dropped, telemetry.dropped()) << "after a restart too";
}

TEST_F(TelemetryTest, BoundsTheBytesAndOneBodyToo) {
    for (int i = 0; i < 100; ++i) {
        telemetry.add({.kind = "jam",
                       .facts = base::Json::object({{"note", std::string(900, 'x')}}),
                       .at = {},
                       .clock_trusted = false});
    }
    EXPECT_LE(telemetry.waiting(), 11U);
    telemetry.add({.kind = "jam",
                   .facts = base::Json::object({{"note", std::string(90000, 'x')}}),
                   .at = {},
                   .clock_trusted = false});
    EXPECT_GE(telemetry.waiting(), 10U);
    EXPECT_LE(telemetry.waiting(), 12U);
}

TEST_F(TelemetryTest, WritesTheFileAnewBeforeItGrowsBeyondItsBound) {
    connect();
    std::uint64_t number = 0;
    for (int i = 0; i < 5000; ++i) {
        add();
        if (!store.busy()) pass(seconds(1));
        store.finish();
        telemetry.delivered(++number);
        ASSERT_LT(store.durable().size(), std::size_t{10000 + 70 * 1024});
    }
    EXPECT_GT(store.rewrites(), 3U);
    EXPECT_LT(store.rewrites(), 30U);
    EXPECT_EQ(number, 5000U);
}

TEST_F(TelemetryTest, SendsThoughTheDiskFailsAndWritesAnewWhenItMends) {
    connect();
    add("forced");
    store.fail();
    EXPECT_EQ(sent.size(), 1U);
    EXPECT_EQ(said.size(), 1U);
    add();
    EXPECT_EQ(sent.size(), 2U);
    pass(seconds(10));
    store.finish();
    EXPECT_EQ(store.rewrites(), 1U);
    EXPECT_EQ(parse_telemetry(store.durable()).waiting.size(), 2U);
    EXPECT_EQ(sent.size(), 2U);
}

TEST_F(TelemetryTest, DoesNotHoldAnAlarmForADiskThatDoesNotAnswer) {
    connect();
    add("forced");
    EXPECT_TRUE(sent.empty());
    pass(seconds(5));
    EXPECT_EQ(sent.size(), 1U);
}

TEST_F(TelemetryTest, TriesAgainWhenTheClientIsFull) {
    full = true;
    connect();
    add();
    store.finish();
    EXPECT_TRUE(sent.empty());
    full = false;
    pass(seconds(1));
    EXPECT_EQ(sent.size(), 1U);
}

TEST_F(TelemetryTest, NoticesWhenNothingIsAcknowledged) {
    connect();
    add();
    store.finish();
    EXPECT_FALSE(telemetry.stalled());
    pass(seconds(30));
    EXPECT_TRUE(telemetry.stalled());
    telemetry.disconnected();
    EXPECT_FALSE(telemetry.stalled());
    EXPECT_EQ(telemetry.next_due(), std::nullopt);
}

}  // namespace
}  // namespace firmware
