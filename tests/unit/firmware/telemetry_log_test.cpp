#include "firmware/telemetry_log.hpp"

#include "tests/unit/firmware/power_cut_disk.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

std::string body(int number) {
    return R"({"seq":)" + std::to_string(number) + R"(,"event":"jam"})";
}

std::string sample() {
    return telemetry_head("cafe", 7, 2) + telemetry_event(body(7)) + telemetry_event(body(8)) +
           telemetry_gone(7, 3) + telemetry_event(body(9));
}

TEST(TelemetryLogTest, IsReadAsItWasWritten) {
    const TelemetryContent content = parse_telemetry(sample());
    EXPECT_EQ(content.id, "cafe");
    EXPECT_EQ(content.next, 10U);
    EXPECT_EQ(content.dropped, 3U);
    EXPECT_FALSE(content.damaged);
    EXPECT_EQ(content.bytes, sample().size());
    ASSERT_EQ(content.waiting.size(), 2U);
    EXPECT_EQ(content.waiting[0].number, 8U);
    EXPECT_EQ(content.waiting[0].body, body(8));
    EXPECT_EQ(content.waiting[1].number, 9U);
}

TEST(TelemetryLogTest, GoesOnWithTheNextNumberWhenNothingWaits) {
    const TelemetryContent content = parse_telemetry(telemetry_head("cafe", 7, 2) + telemetry_gone(9, 2));
    EXPECT_EQ(content.next, 10U);
    EXPECT_TRUE(content.waiting.empty());
}

TEST(TelemetryLogTest, LeavesOutWhatWasTornWhereverItWasTorn) {
    const std::string text = sample();
    const std::size_t whole = text.size() - telemetry_event(body(9)).size();
    for (std::size_t length = whole; length < text.size(); ++length) {
        const TelemetryContent content = parse_telemetry(text.substr(0, length));
        ASSERT_EQ(content.waiting.size(), 1U) << length;
        EXPECT_EQ(content.next, 9U);
        EXPECT_EQ(content.damaged, length > whole);
        EXPECT_EQ(content.dropped, length > whole ? 4U : 3U);
    }
}

TEST(TelemetryLogTest, CountsAnEventWhoseBitsHaveTurnedAndReadsOn) {
    for (std::size_t at = 0; at < sample().size(); ++at) {
        std::string text = sample();
        text[at] = static_cast<char>(text[at] ^ 4);
        const TelemetryContent content = parse_telemetry(text);
        EXPECT_TRUE(content.damaged) << at;
        EXPECT_LE(content.waiting.size(), 3U);
        for (const TelemetryRecord& record : content.waiting)
            EXPECT_EQ(record.body, body(static_cast<int>(record.number)));
    }
}

TEST(TelemetryLogTest, TakesNoNumberFromWhichItCouldNotGoOn) {
    const TelemetryContent content =
        parse_telemetry(telemetry_head("cafe", 7, 2) + telemetry_gone(9007199254740991, 9007199254740991));
    EXPECT_TRUE(content.damaged);
    EXPECT_EQ(content.next, 7U);
    EXPECT_EQ(content.dropped, 2U);
}

// Found by the fuzzer: what follows the largest number was no number that is read again.
TEST(TelemetryLogTest, WritesWhatItReadsAtTheLargestNumbers) {
    const std::uint64_t most = std::uint64_t{1} << 52U;
    for (const std::uint64_t number : {most - 1, most}) {
        const auto content = parse_telemetry(telemetry_gone(number, most) + "e torn\n" +
                                             telemetry_event(R"({"seq":)" + std::to_string(number) + "}"));
        const auto again = parse_telemetry(telemetry_head("cafe", content.next, content.dropped));
        EXPECT_FALSE(again.damaged);
        EXPECT_EQ(again.next, content.next);
        EXPECT_EQ(again.dropped, content.dropped);
    }
}

TEST(TelemetryLogTest, GivesNoNumberTwiceBecauseOfAHeadInTheMidst) {
    const TelemetryContent content = parse_telemetry(telemetry_event(body(8)) + telemetry_head("cafe", 2, 0));
    EXPECT_EQ(content.next, 9U);
}

TEST(TelemetryLogTest, ReadsAnyBytes) {
    for (const std::string& text :
         {std::string(), std::string("\n\n\n"), std::string(4096, '\0'), std::string("e 00000000 {}\n"),
          std::string("h\n"), telemetry_event("{}"), telemetry_event(R"({"seq":-1})"),
          telemetry_head("", 0, 0), telemetry_event(body(3)) + telemetry_event(body(3))}) {
        const TelemetryContent content = parse_telemetry(text);
        EXPECT_LE(content.waiting.size(), 1U);
    }
}

TEST(TelemetryFileTest, HoldsTheOldOrTheNewWhereverThePowerFails) {
    for (const Loss loss : losses) {
        for (unsigned cut = 1; cut < 14; ++cut) {
            PowerCutDisk disk;
            TelemetryFile file(disk, "/s");
            ASSERT_TRUE(file.replace(telemetry_head("cafe", 1, 0)));
            std::uint64_t durable = 0;
            disk.cut_at(cut, loss);
            for (int number = 1; number <= 3; ++number) {
                if (!file.append(telemetry_event(body(number)))) break;
                durable = static_cast<std::uint64_t>(number);
            }
            if (disk.powered() && !file.replace(telemetry_head("cafe", 3, 2) + telemetry_event(body(3)))) {
                durable = 3;
            }
            disk.restore_power();
            const auto content = TelemetryFile(disk, "/s").load();
            ASSERT_TRUE(content);
            EXPECT_EQ(content->id, "cafe");
            EXPECT_GE(content->next, durable + 1) << "cut " << cut;
        }
    }
}

}  // namespace
}  // namespace firmware
