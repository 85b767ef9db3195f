#include "scheduler/cli/rows.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace cli {
namespace {

class RowsTest : public ::testing::Test {
  protected:
    void add(RowPrinter& printer, std::string_view type, const std::string& text) {
        const auto items = base::Json::parse(text);
        ASSERT_TRUE(items);
        printer.add({type, text, *items});
    }
    Output output(Format format) { return {.out = out_, .err = err_, .format = format}; }

    std::ostringstream out_;
    std::ostringstream err_;
};

TEST_F(RowsTest, JsonPagesBecomeOneArrayWithTheirOwnBytes) {
    auto json = output(Format::json);
    RowPrinter printer(json);
    add(printer, "Raw", R"([{"n":1.50}])");
    add(printer, "Raw", "[]");
    add(printer, "Raw", R"([ {"n":2},{"n":3} ])");
    printer.finish("nothing");
    EXPECT_EQ(out_.str(), "[{\"n\":1.50}, {\"n\":2},{\"n\":3} ]\n");
}

TEST_F(RowsTest, JsonLinesHaveOneRowEachWithItsOwnBytes) {
    auto lines = output(Format::jsonl);
    RowPrinter printer(lines);
    add(printer, "Raw", R"([ {"n":9007199254740993, "s":"],\"{"} , {"a":[1,{"b":2}]},
                            "x,y", 1.50 ])");
    add(printer, "Raw", " [ ] ");
    printer.finish("nothing");
    EXPECT_EQ(out_.str(),
              "{\"n\":9007199254740993, \"s\":\"],\\\"{\"}\n{\"a\":[1,{\"b\":2}]}\n\"x,y\"\n1.50\n");
    EXPECT_EQ(err_.str(), "");
}

TEST_F(RowsTest, JsonLinesCanBeFiltered) {
    auto lines = output(Format::jsonl);
    RowPrinter printer(lines, [](base::JsonView row) { return row.find("n").as_integer() == 2; });
    add(printer, "Raw", R"([{"n":1},{"n":2}])");
    EXPECT_EQ(out_.str(), "{\"n\":2}\n");
}

TEST_F(RowsTest, CsvQuotesWhatNeedsItAndCutsNothing) {
    auto csv = output(Format::csv);
    RowPrinter printer(csv);
    const std::string long_text(200, 'x');
    add(printer, "Raw", R"([{"a":"1,2","b":"say \"hi\""},{"b":")" + long_text + R"(","c":"line\nline"}])");
    printer.finish("nothing");
    EXPECT_EQ(out_.str(), "a,b,c\r\n\"1,2\",\"say \"\"hi\"\"\",\r\n," + long_text + ",\"line\nline\"\r\n");
}

TEST_F(RowsTest, NoRowsAreAnEmptyArrayAndInATableARemark) {
    auto json = output(Format::json);
    RowPrinter as_json(json);
    as_json.finish("nothing matches");
    EXPECT_EQ(out_.str(), "[]\n");
    EXPECT_EQ(err_.str(), "");
    auto table = output(Format::table);
    RowPrinter as_table(table);
    as_table.finish("nothing matches");
    EXPECT_EQ(err_.str(), "nothing matches\n");
}

TEST_F(RowsTest, TwinsHaveTheColumnsThatDoorsNeed) {
    auto table = output(Format::table);
    RowPrinter printer(table);
    add(printer, "Twin",
        R"([{"deviceId":"door-1","status":"enabled","connectionState":"Connected",
             "lastActivityTime":"2026-11-20T16:30:00.1234567Z","tags":{"building":43},
             "properties":{"reported":{"lock":{"state":"locked"},"door":"closed"}}},
            {"deviceId":"d2","status":"enabled","connectionState":"Disconnected",
             "lastActivityTime":"0001-01-01T00:00:00Z"}])");
    printer.finish("");
    EXPECT_EQ(out_.str(),
              "DEVICE  STATUS   CONNECTION    LOCK    DOOR    LAST ACTIVITY         TAGS\n"
              "door-1  enabled  Connected     locked  closed  2026-11-20T16:30:00Z  {\"building\":43}\n"
              "d2      enabled  Disconnected                  never\n");
}

TEST_F(RowsTest, TimesInCsvAreIsoOrNothing) {
    auto csv = output(Format::csv);
    RowPrinter printer(csv);
    add(printer, "Twin",
        R"([{"deviceId":"a","lastActivityTime":"2026-11-20T16:30:00.1234567Z"},
            {"deviceId":"b","lastActivityTime":"0001-01-01T00:00:00Z"}])");
    printer.finish("");
    EXPECT_EQ(out_.str(),
              "DEVICE,STATUS,CONNECTION,LOCK,DOOR,LAST ACTIVITY,TAGS\r\n"
              "a,,,,,2026-11-20T16:30:00.1234567Z,\r\n"
              "b,,,,,,\r\n");
}

TEST_F(RowsTest, AnythingElseHasAColumnForEachName) {
    auto table = output(Format::table);
    RowPrinter printer(table);
    add(printer, "Raw", R"([{"deviceId":"a","floor":3},{"deviceId":"b","open":true,"gone":null}])");
    printer.finish("");
    EXPECT_EQ(out_.str(),
              "deviceId  floor  open\n"
              "a         3\n"
              "b                true\n");
}

TEST_F(RowsTest, KeepsOnlyTheRowsThatAreWanted) {
    const auto wanted = [](base::JsonView row) { return row.find("n").as_integer() == 2; };
    auto json = output(Format::json);
    RowPrinter printer(json, wanted);
    add(printer, "Raw", R"([{"n":1},{"n":2}])");
    printer.finish("");
    EXPECT_EQ(out_.str(), "[{\"n\":2}]\n");
}

}  // namespace
}  // namespace cli
