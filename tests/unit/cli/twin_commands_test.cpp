#include "scheduler/cli/twin_commands.hpp"

#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* twin =
    R"({"deviceId":"door-1","status":"enabled","connectionState":"Connected","version":9,"tags":{"wing":"east"},)"
    R"("properties":{"desired":{"building":43,"hold":{"longest":"10m"},"$metadata":{},"$version":4},)"
    R"("reported":{"building":{"value":43,"ac":200,"av":4},"floor":{"value":3,"ac":400,"av":3,"ad":"no such floor"},)"
    R"("lock":{"state":"locked"},"$metadata":{},"$version":7}}})";

class TwinCommandsTest : public ::testing::Test, protected Bench {};

TEST_F(TwinCommandsTest, ShowPutsDesiredReportedAndAcknowledgementSideBySide) {
    hub.answer("GET /twins/door-1", 200, twin);
    EXPECT_EQ(run(TwinShow{.id = "door-1"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(),
              "device:            door-1\n"
              "status:            enabled\n"
              "connection:        Connected\n"
              "desired version:   4\n"
              "reported version:  7\n"
              "\n"
              "TAG   VALUE\n"
              "wing  east\n"
              "\n"
              "PROPERTY      DESIRED  REPORTED  ACKNOWLEDGED\n"
              "building      43       43        200, version 4\n"
              "hold.longest  10m\n"
              "floor                  3         400, version 3: no such floor\n"
              "lock.state             locked\n");
}

TEST_F(TwinCommandsTest, ARefusalStandsInThePropertysOwnRow) {
    hub.answer(
        "GET /twins/d", 200,
        R"({"deviceId":"d","properties":{"desired":{"floor":"x","hold":{"longest":"1x"},"$version":6},"reported":)"
        R"({"floor":{"ac":400,"av":6,"ad":"not a number"},"hold":{"value":{"longest":"10m"},"ac":400,"av":6}}}})");
    EXPECT_EQ(run(TwinShow{.id = "d"}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(),
                HasSubstr("PROPERTY  DESIRED           REPORTED           ACKNOWLEDGED\n"
                          "floor     x                                    400, version 6: not a number\n"
                          "hold      {\"longest\":\"1x\"}  {\"longest\":\"10m\"}  400, version 6\n"));
}

TEST_F(TwinCommandsTest, ShowAsJsonPassesTheHubsBytes) {
    hub.answer("GET /twins/door-1", 200, twin);
    context.output.format = Format::json;
    EXPECT_EQ(run(TwinShow{.id = "door-1"}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), std::string(twin) + "\n");
}

TEST_F(TwinCommandsTest, SetPatchesDesiredProperties) {
    hub.answer("PATCH /twins/door-1", 200, twin);
    EXPECT_EQ(run(TwinSet{"door-1", base::Json::object({{"building", 43}})}, context).exit, Exit::ok);
    EXPECT_EQ(hub.requests.at(0).body, R"({"properties":{"desired":{"building":43}}})");
    EXPECT_EQ(out.str(), "door-1: set {\"building\":43}, desired properties are at version 4\n");
}

TEST_F(TwinCommandsTest, TagPatchesTags) {
    hub.answer("PATCH /twins/door-1", 200, twin);
    EXPECT_EQ(run(TwinTag{"door-1", base::Json::object({{"wing", nullptr}})}, context).exit, Exit::ok);
    EXPECT_EQ(hub.requests.at(0).body, R"({"tags":{"wing":null}})");
    EXPECT_EQ(out.str(), "door-1: tagged {\"wing\":null}\n");
}

TEST_F(TwinCommandsTest, AnUnknownDeviceIsNamed) {
    const auto outcome = run(TwinShow{.id = "door-9"}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("'door-9'"));
}

TEST_F(TwinCommandsTest, WhatTheHubRefusesIsTold) {
    hub.answer("PATCH /twins/d", 400, R"({"Message":"ErrorCode:ArgumentInvalid;desired: '$x' is no name"})");
    const auto outcome = run(TwinSet{"d", base::Json::object()}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_EQ(outcome.message, "d: desired: '$x' is no name");
}

}  // namespace
}  // namespace cli
