#include "scheduler/query/evaluate.hpp"

#include "tests/unit/query/twins.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace {

using query_test::door_twin;
using query_test::json;

// What a condition is for the twin of twins.hpp. That it is undefined shows in its negation: only of a false
// one the negation is true.
enum class Outcome { yes, no, undefined };

std::ostream& operator<<(std::ostream& out, Outcome outcome) {
    return out << (outcome == Outcome::yes ? "true" : outcome == Outcome::no ? "false" : "undefined");
}

Outcome outcome_of(const std::string& expression) {
    const base::Json twin = door_twin();
    const auto plain = ql::parse_condition(expression);
    EXPECT_TRUE(plain) << (plain ? "" : plain.error().message);
    if (!plain) return Outcome::undefined;
    if (ql::matches(*plain, twin)) return Outcome::yes;
    const auto negated = ql::parse_condition("NOT (" + expression + ")");
    EXPECT_TRUE(negated) << (negated ? "" : negated.error().message);
    return negated && ql::matches(*negated, twin) ? Outcome::no : Outcome::undefined;
}

struct Case {
    std::string expression;
    Outcome outcome;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.expression;
}

class EvaluateTest : public testing::TestWithParam<Case> {};

// §3
TEST_P(EvaluateTest, GivesTheExpectedTruth) {
    EXPECT_EQ(outcome_of(GetParam().expression), GetParam().outcome);
}

constexpr Outcome yes = Outcome::yes;
constexpr Outcome no = Outcome::no;
constexpr Outcome undefined = Outcome::undefined;

INSTANTIATE_TEST_SUITE_P(Paths, EvaluateTest,
                         testing::Values(Case{"deviceId = 'door-1'", yes},                        //
                                         Case{"DeviceId = 'door-1'", yes},                        //
                                         Case{"DEVICEID = \"door-1\"", yes},                      //
                                         Case{"devices.deviceId = 'door-1'", yes},                //
                                         Case{"Devices.DeviceId = 'door-1'", yes},                //
                                         Case{"deviceId = 'Door-1'", no},                         //
                                         Case{"connectionstate = 'Connected'", yes},              //
                                         Case{"Tags.building = 43", yes},                         //
                                         Case{"tags.Building = 43", undefined},                   //
                                         Case{"tags.zone = 'north'", yes},                        //
                                         Case{"tags.Zone = 'capital'", yes},                      //
                                         Case{"tags.location.region = 'US'", yes},                //
                                         Case{"tags . location . plant = 'Redmond43'", yes},      //
                                         Case{"properties.reported.lock.state = 'locked'", yes},  //
                                         Case{"properties.desired.$version = 4", yes},            //
                                         Case{"properties.desired.$metadata.$lastUpdated < '2027'", yes},
                                         Case{"capabilities.iotEdge = false", yes},             //
                                         Case{"x509Thumbprint.primaryThumbprint = null", yes},  //
                                         Case{"tags.[[my-key]] = 'dashed'", yes},               //
                                         Case{"tags.[[3d]]", yes},                              //
                                         Case{"tags.group = 'doors'", yes},                     //
                                         Case{"tags.[[group]] = 'doors'", yes},                 //
                                         Case{"tags.gebäude = 'Süd'", yes},                     //
                                         Case{"tags.my-key = 'dashed'", undefined},             //
                                         Case{"tags.building.deeper = 1", undefined},           //
                                         Case{"building = 43", undefined},                      //
                                         Case{"status.x = 1", undefined}));

INSTANTIATE_TEST_SUITE_P(
    Comparisons, EvaluateTest,
    testing::Values(Case{"tags.building = 43", yes},                                                     //
                    Case{"tags.building = 43.0", yes},                                                   //
                    Case{"tags.building = 0x2B", yes},                                                   //
                    Case{"tags.building = 0X2b", yes},                                                   //
                    Case{"tags.building = 4.3e1", yes},                                                  //
                    Case{"tags.half = 0.5", yes},                                                        //
                    Case{"43 = tags.building", yes},                                                     //
                    Case{"tags.building != 43", no},                                                     //
                    Case{"tags.building <> 42", yes},                                                    //
                    Case{"tags.building > 42", yes},                                                     //
                    Case{"tags.building >= 43", yes},                                                    //
                    Case{"tags.building < 43", no},                                                      //
                    Case{"tags.building <= 43", yes},                                                    //
                    Case{"tags.building > 9", yes},                                                      //
                    Case{"tags.zone > 'a'", yes},                                                        //
                    Case{"tags.zone > 'z'", no},                                                         //
                    Case{"tags.zone <= 'north'", yes},                                                   //
                    Case{"'a' < 'aa'", yes},                                                             //
                    Case{"'z' < 'ä'", yes},                                                              //
                    Case{"lastActivityTime > '2026-11-20'", yes},                                        //
                    Case{"lastActivityTime < '2026-11-20T08:15'", no}, Case{"tags.locked = true", yes},  //
                    Case{"tags.locked > false", yes},                                                    //
                    Case{"tags.locked != TRUE", no},                                                     //
                    Case{"properties.desired.building = properties.reported.building", yes},
                    Case{"properties.desired.interval > properties.reported.interval", yes},
                    Case{"properties.desired.interval = properties.reported.interval", no},
                    Case{"1 < 2 = true", yes},  //
                    Case{"3 > 2 > 1", undefined}));

INSTANTIATE_TEST_SUITE_P(DifferentTypes, EvaluateTest,
                         testing::Values(Case{"tags.building = '43'", undefined},   //
                                         Case{"tags.building != '43'", undefined},  //
                                         Case{"tags.building < '43'", undefined},   //
                                         Case{"tags.locked = 1", undefined},        //
                                         Case{"tags.zone = true", undefined},       //
                                         Case{"tags.zone < 1", undefined},          //
                                         Case{"tags.absent = 1", undefined},        //
                                         Case{"tags.absent != 1", undefined},       //
                                         Case{"tags.absent = tags.absent", undefined},
                                         Case{"tags.building = undefined", undefined},
                                         Case{"undefined = undefined", undefined},  //
                                         Case{"tags.location = tags.location", undefined},
                                         Case{"tags.location > 1", undefined},   //
                                         Case{"tags.list = [1, 2]", undefined},  //
                                         Case{"[1] = [1]", undefined}));

INSTANTIATE_TEST_SUITE_P(Null, EvaluateTest,
                         testing::Values(Case{"tags.note = null", yes},          //
                                         Case{"tags.note != null", no},          //
                                         Case{"null = NULL", yes},               //
                                         Case{"tags.zone != null", yes},         //
                                         Case{"tags.zone = null", no},           //
                                         Case{"tags.building <> null", yes},     //
                                         Case{"tags.location != null", yes},     //
                                         Case{"tags.list != null", yes},         //
                                         Case{"tags.note = 'x'", no},            //
                                         Case{"tags.absent = null", undefined},  //
                                         Case{"tags.absent != null", undefined},
                                         Case{"tags.note <= null", yes},  //
                                         Case{"tags.note < null", no},    //
                                         Case{"tags.zone < null", undefined}));

INSTANTIATE_TEST_SUITE_P(
    Logic, EvaluateTest,
    testing::Values(Case{"true AND true", yes},              //
                    Case{"true AND false", no},              //
                    Case{"false OR true", yes},              //
                    Case{"false OR false", no},              //
                    Case{"NOT false", yes},                  //
                    Case{"NOT true", no},                    //
                    Case{"not not true", yes},               //
                    Case{"undefined AND true", undefined},   //
                    Case{"undefined AND false", no},         //
                    Case{"false AND undefined", no},         //
                    Case{"undefined OR true", yes},          //
                    Case{"true OR undefined", yes},          //
                    Case{"undefined OR false", undefined},   //
                    Case{"NOT undefined", undefined},        //
                    Case{"null AND true", undefined},        //
                    Case{"1 AND true", undefined},           //
                    Case{"'true'", undefined},               //
                    Case{"1", undefined},                    //
                    Case{"null", undefined},                 //
                    Case{"[true]", undefined},               //
                    Case{"tags.location", undefined},        //
                    Case{"tags.locked", yes},                //
                    Case{"capabilities.iotEdge", no},        //
                    Case{"tags.absent", undefined},          //
                    Case{"NOT tags.absent = 1", undefined},  //
                    Case{"true OR false AND false", yes},    //
                    Case{"(true OR false) AND false", no},   //
                    Case{"NOT false AND false", no},         //
                    Case{"NOT (false AND false)", yes},      //
                    Case{"NOT tags.building = 42", yes},     //
                    Case{"tags.building = 43 AND tags.floor = 3 AND tags.zone = 'south'", no},
                    Case{"tags.building = 1 OR tags.floor = 1 OR tags.zone = 'north'", yes}));

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, EvaluateTest,
    testing::Values(Case{"tags.building + 1 = 44", yes},            //
                    Case{"tags.building - 43 = 0", yes},            //
                    Case{"tags.building * 2 = 86", yes},            //
                    Case{"tags.building / 2 = 21.5", yes},          //
                    Case{"tags.building % 10 = 3", yes},            //
                    Case{"-7 % 3 = -1", yes},                       //
                    Case{"1 + 2 * 3 = 7", yes},                     //
                    Case{"(1 + 2) * 3 = 9", yes},                   //
                    Case{"10 - 4 - 3 = 3", yes},                    //
                    Case{"10 - (4 - 3) = 9", yes},                  //
                    Case{"100 / 10 / 5 = 2", yes},                  //
                    Case{"2 - -3 = 5", yes},                        //
                    Case{"-tags.floor = -3", yes},                  //
                    Case{"- - 3 = 3", yes},                         //
                    Case{"+tags.floor = 3", yes},                   //
                    Case{"+tags.zone = 'north'", undefined},        //
                    Case{"-tags.zone = 1", undefined},              //
                    Case{"1 / 0 = 1", undefined},                   //
                    Case{"1 % 0 = 1", undefined},                   //
                    Case{"1e308 * 10 > 1", undefined},              //
                    Case{"tags.zone + 'x' = 'northx'", undefined},  //
                    Case{"tags.absent + 1 = 1", undefined},         //
                    Case{"tags.note + 1 = 1", undefined},           //
                    Case{"properties.desired.interval / properties.reported.interval = 5", yes}));

INSTANTIATE_TEST_SUITE_P(Lists, EvaluateTest,
                         testing::Values(Case{"deviceId IN ['door-1']", yes},              //
                                         Case{"deviceId IN ['a', 'door-1', 'b']", yes},    //
                                         Case{"deviceId in ['a', 'b']", no},               //
                                         Case{"deviceId NIN ['a', 'b']", yes},             //
                                         Case{"deviceId nin ['door-1']", no},              //
                                         Case{"tags.building IN [42, 43]", yes},           //
                                         Case{"tags.floor IN [-3, 3]", yes},               //
                                         Case{"tags.building + 1 IN [44]", yes},           //
                                         Case{"NOT deviceId IN ['a']", yes},               //
                                         Case{"tags.absent IN ['a']", undefined},          //
                                         Case{"tags.absent NIN ['a']", undefined},         //
                                         Case{"tags.building IN ['43', 43]", yes},         //
                                         Case{"tags.building IN ['43', 42]", undefined},   //
                                         Case{"tags.building NIN ['43', 42]", undefined},  //
                                         Case{"tags.note IN [null, 'x']", yes},            //
                                         Case{"tags.zone NIN [null, 'x']", yes},           //
                                         Case{"tags.list IN [[1, 2]]", undefined},         //
                                         Case{"tags.building IN [undefined]", undefined},  //
                                         Case{"tags.locked IN [true, false]", yes}));

INSTANTIATE_TEST_SUITE_P(Functions, EvaluateTest,
                         testing::Values(Case{"IS_DEFINED(tags.building)", yes},              //
                                         Case{"is_defined(tags.location)", yes},              //
                                         Case{"IS_DEFINED(tags.note)", yes},                  //
                                         Case{"IS_DEFINED(tags.empty)", yes},                 //
                                         Case{"IS_DEFINED(tags.absent)", no},                 //
                                         Case{"IS_DEFINED(tags.location.absent)", no},        //
                                         Case{"IS_DEFINED(devices.tags.building)", yes},      //
                                         Case{"IS_DEFINED(deviceId)", yes},                   //
                                         Case{"NOT IS_DEFINED(tags.absent)", yes},            //
                                         Case{"STARTSWITH(deviceId, 'door')", yes},           //
                                         Case{"STARTSWITH(devices.deviceId, 'door-')", yes},  //
                                         Case{"startsWith(deviceId, '')", yes},               //
                                         Case{"startswith(deviceId, 'Door')", no},            //
                                         Case{"STARTSWITH(deviceId, 'door-1-and-more')", no},
                                         Case{"STARTSWITH(tags.building, '4')", undefined},  //
                                         Case{"STARTSWITH(tags.absent, 'x')", undefined},    //
                                         Case{"STARTSWITH(deviceId, 4)", undefined},         //
                                         Case{"STARTSWITH('door-11', deviceId)", yes}));

INSTANTIATE_TEST_SUITE_P(Texts, EvaluateTest,
                         testing::Values(Case{R"('it\'s' = "it's")", yes},           //
                                         Case{R"("say \"hi\"" = 'say "hi"')", yes},  //
                                         Case{R"('a\\b' = "a\\b")", yes},            //
                                         Case{R"('\u0041\u00e4' = 'Aä')", yes},      //
                                         Case{R"('\uD83D\uDE00' = '😀')", yes},       //
                                         Case{R"('\u20AC' = '€')", yes},             //
                                         Case{"'' = \"\"", yes},                     //
                                         Case{"'a\nb' = 'a\\u000Ab'", yes}));

TEST(EvaluateConditionTest, WithoutAnExpressionEverythingMatches) {
    EXPECT_TRUE(ql::matches(*ql::parse_condition("*"), door_twin()));
    EXPECT_TRUE(ql::matches(ql::parse_query("SELECT * FROM devices")->condition, json("{}")));
}

TEST(EvaluateConditionTest, DeviceJobRowsAreReadUnderTheirPrefix) {
    const base::Json row =
        json(R"({"deviceId": "door-1", "jobId": "lock-all", "jobType": "scheduleDeviceMethod",
        "status": "completed", "outcome": {"deviceMethodResponse": {"status": 200, "payload": null}}})");
    const auto matches = [&](const std::string& where) {
        const auto query = ql::parse_query("SELECT * FROM devices.jobs WHERE " + where);
        EXPECT_TRUE(query) << (query ? "" : query.error().message);
        return query && ql::matches(query->condition, row);
    };
    EXPECT_TRUE(matches("devices.jobs.jobId = 'lock-all'"));
    EXPECT_TRUE(matches("Devices.Jobs.JobID = 'lock-all' AND devices.jobs.status='completed'"));
    EXPECT_TRUE(matches("jobId = 'lock-all' AND devices.jobs.jobType = 'scheduleDeviceMethod'"));
    EXPECT_TRUE(matches("devices.jobs.deviceId IN ['door-1', 'door-2']"));
    EXPECT_TRUE(matches("devices.deviceId = 'door-1'"));
    EXPECT_TRUE(matches("devices.jobs.outcome.deviceMethodResponse.status < 300"));
    EXPECT_FALSE(matches("devices.jobs.status = 'failed'"));
}

TEST(EvaluateConditionTest, ModuleTwinsAreReadUnderTheirPrefix) {
    const base::Json module = json(R"({"deviceId": "door-1", "moduleId": "lock", "tags": {"a": 1}})");
    for (const char* text :
         {"FROM devices.modules WHERE moduleId = 'lock'",
          "FROM devices.modules WHERE devices.modules.tags.a = 1",
          "from Devices.Modules where devices.deviceId = 'door-1'", "FROM devices.modules"}) {
        const auto condition = ql::parse_condition(text);
        ASSERT_TRUE(condition) << condition.error().message;
        EXPECT_EQ(condition->source, ql::Source::modules);
        EXPECT_TRUE(ql::matches(*condition, module)) << text;
    }
}

TEST(EvaluateConditionTest, WhatIsNoObjectMatchesNothing) {
    const auto condition = ql::parse_condition("tags.building = 43");
    for (const char* document : {"null", "[]", "43", "\"tags\"", R"({"tags": 43})"}) {
        EXPECT_FALSE(ql::matches(*condition, json(document))) << document;
    }
    EXPECT_FALSE(ql::matches(*condition, base::JsonView()));
}

}  // namespace
