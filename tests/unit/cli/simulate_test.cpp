#include "scheduler/cli/arguments.hpp"
#include "scheduler/cli/simulate_command.hpp"
#include "scheduler/cli/simulate_view.hpp"
#include "scheduler/cli/simulated_devices.hpp"
#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cli {
namespace {

using fleet::Temper;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* all_well = R"({"isSuccessful":true,"errors":[],"warnings":[]})";

Simulate parsed(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "simulate");
    const auto result = parse_arguments(arguments);
    if (const auto* notice = std::get_if<Notice>(&result)) {
        ADD_FAILURE() << notice->text;
        return {};
    }
    return std::get<Simulate>(std::get<Invocation>(result).command);
}

std::string refused(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "simulate");
    const auto result = parse_arguments(arguments);
    const auto* notice = std::get_if<Notice>(&result);
    return notice != nullptr && notice->exit != Exit::ok ? notice->text : "";
}

TEST(SimulateArgumentsTest, WithoutAnyItIsAThousandWillingDoors) {
    const Simulate command = parsed({});
    EXPECT_EQ(command.count, 1000U);
    EXPECT_EQ(command.prefix, "sim-");
    EXPECT_EQ(command.delay, std::chrono::milliseconds(200));
    EXPECT_EQ(command.refusing, 0);
    EXPECT_EQ(command.silent, 0);
    EXPECT_FALSE(command.remove);
    EXPECT_FALSE(command.duration);
}

TEST(SimulateArgumentsTest, ReadsSharesTagsAndTimes) {
    const Simulate command =
        parsed({"-n", "12", "--prefix", "x-", "--building", "43", "--floor", "3", "--tag", "wing=east",
                "--delay", "1s", "--refuse", "5%", "--silent", "0.5%", "--for", "1m", "--remove"});
    EXPECT_EQ(command.count, 12U);
    EXPECT_EQ(command.prefix, "x-");
    EXPECT_EQ(command.tags.find("building").as_integer(), 43);
    EXPECT_EQ(command.tags.find("floor").as_integer(), 3);
    EXPECT_EQ(command.tags.find("wing").as_string(), "east");
    EXPECT_EQ(command.delay, std::chrono::seconds(1));
    EXPECT_DOUBLE_EQ(command.refusing, 0.05);
    EXPECT_DOUBLE_EQ(command.silent, 0.005);
    EXPECT_EQ(command.duration, std::chrono::minutes(1));
    EXPECT_TRUE(command.remove);
}

TEST(SimulateArgumentsTest, WhatIsWrongIsNamed) {
    EXPECT_THAT(refused({"-n", "20001"}), HasSubstr("from 1 to 20000"));
    EXPECT_THAT(refused({"-n", "0"}), HasSubstr("--count"));
    EXPECT_THAT(refused({"--refuse", "5"}), HasSubstr("--refuse: '5' must be a share"));
    EXPECT_THAT(refused({"--silent", "101%"}), HasSubstr("--silent"));
    EXPECT_THAT(refused({"--refuse", "60%", "--silent", "60%"}), HasSubstr("more than 100%"));
    EXPECT_THAT(refused({"--delay", "2m"}), HasSubstr("--delay"));
    EXPECT_THAT(refused({"--prefix", "a b"}), HasSubstr("--prefix"));
    EXPECT_THAT(refused({"--prefix", ""}), HasSubstr("--prefix"));
    EXPECT_THAT(refused({"--for", "x"}), HasSubstr("--for"));
    EXPECT_THAT(refused({"--tag", "x"}), HasSubstr("x"));
}

TEST(TemperTest, SharesAreMetExactlyAndSpreadOverTheFleet) {
    std::map<Temper, std::size_t> counts;
    std::size_t odd_in_the_first_half = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        const Temper temper = temper_of(i, 0.05, 0.01);
        ++counts[temper];
        if (i < 500 && temper != Temper::willing) ++odd_in_the_first_half;
    }
    EXPECT_EQ(counts[Temper::refusing], 50U);
    EXPECT_EQ(counts[Temper::silent], 10U);
    EXPECT_EQ(odd_in_the_first_half, 30U);
}

TEST(TemperTest, AllAndNoneAreShares) {
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_EQ(temper_of(i, 0, 0), Temper::willing);
        EXPECT_EQ(temper_of(i, 1, 0), Temper::refusing);
        EXPECT_EQ(temper_of(i, 0, 1), Temper::silent);
    }
}

class SimulatedDevicesTest : public ::testing::Test, protected Bench {
  protected:
    std::vector<base::Json> asked() const {
        std::vector<base::Json> bodies;
        for (const auto& request : hub.asked("POST /devices"))
            bodies.push_back(*base::Json::parse(request.body));
        return bodies;
    }
    void complain(const std::string& id, const std::string& code) {
        hub.answer("POST /devices", 200,
                   R"({"isSuccessful":false,"errors":[{"deviceId":")" + id + R"(","errorCode":")" + code +
                       R"(","errorStatus":"so it is"}]})");
    }
};

TEST_F(SimulatedDevicesTest, EachHasAKeyOfItsOwnWhichIsTheSameInEveryRun) {
    const auto devices = simulated_devices("sim-", 20, "policy key");
    EXPECT_EQ(devices.front().id, "sim-00001");
    EXPECT_EQ(devices.back().id, "sim-00020");
    std::set<std::string> keys;
    for (const auto& device : devices)
        keys.insert(device.key);
    EXPECT_EQ(keys.size(), 20U);
    EXPECT_EQ(simulated_devices("sim-", 1, "policy key")[0].key, devices[0].key);
    EXPECT_NE(simulated_devices("sim-", 1, "another")[0].key, devices[0].key);
}

TEST_F(SimulatedDevicesTest, AreRegisteredAHundredAtATimeWithTheirTags) {
    hub.answer("POST /devices", 200, all_well);
    const auto devices = simulated_devices("sim-", 250, "k");
    ASSERT_TRUE(register_devices(devices, base::Json::object({{"building", 43}}), service));
    const auto bodies = asked();
    ASSERT_EQ(bodies.size(), 3U);
    EXPECT_EQ(bodies[0].size(), 100U);
    EXPECT_EQ(bodies[2].size(), 50U);
    const base::JsonView first = *bodies[0].begin();
    EXPECT_EQ(first.find("id").as_string(), "sim-00001");
    EXPECT_EQ(first.find("importMode").as_string(), "create");
    EXPECT_EQ(first.find("tags").find("building").as_integer(), 43);
    EXPECT_EQ(first.find("authentication").find("symmetricKey").find("primaryKey").as_string(),
              devices[0].key);
}

TEST_F(SimulatedDevicesTest, ThoseOfAnEarlierRunAreTakenAndTaggedAnew) {
    const auto devices = simulated_devices("sim-", 3, "k");
    complain("sim-00002", "DeviceAlreadyExists");
    hub.answer("POST /devices", 200, all_well);
    hub.answer("GET /devices/sim-00002", 200,
               R"({"deviceId":"sim-00002","authentication":{"symmetricKey":{"primaryKey":")" +
                   devices[1].key + R"("}}})");
    ASSERT_TRUE(register_devices(devices, base::Json::object({{"floor", 3}}), service));
    const auto bodies = asked();
    ASSERT_EQ(bodies.size(), 2U);
    ASSERT_EQ(bodies[1].size(), 1U);
    EXPECT_EQ((*bodies[1].begin()).dump(),
              R"({"id":"sim-00002","importMode":"updateTwin","tags":{"floor":3}})");
}

TEST_F(SimulatedDevicesTest, ADeviceOfAnotherMakeIsNotTouched) {
    complain("sim-00002", "DeviceAlreadyExists");
    hub.answer("GET /devices/sim-00002", 200,
               R"({"deviceId":"sim-00002","authentication":{"symmetricKey":{"primaryKey":"b3RoZXI="}}})");
    const auto done = register_devices(simulated_devices("sim-", 3, "k"), base::Json::object(), service);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, base::Errc::already_exists);
    EXPECT_THAT(done.error().message, HasSubstr("sim-00002"));
    EXPECT_THAT(done.error().message, HasSubstr("--prefix"));
    EXPECT_EQ(asked().size(), 1U);
}

TEST_F(SimulatedDevicesTest, AnyOtherComplaintOfTheHubEndsIt) {
    complain("sim-00001", "QuotaExceeded");
    const auto done = register_devices(simulated_devices("sim-", 300, "k"), base::Json::object(), service);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("sim-00001: so it is"));
    EXPECT_EQ(asked().size(), 1U);
}

TEST_F(SimulatedDevicesTest, RemovingTakesThoseThatAreGoneAsGone) {
    complain("sim-00001", "DeviceNotFound");
    ASSERT_TRUE(remove_devices(simulated_devices("sim-", 2, "k"), service));
    EXPECT_EQ(asked().at(0).dump(),
              R"([{"id":"sim-00001","importMode":"delete"},{"id":"sim-00002","importMode":"delete"}])");
}

TEST(FleetViewTest, TheLineSaysWhatThereIsToSay) {
    FleetState state{
        .devices = 1000, .connected = 1000, .ready = 998, .answers = 20, .answers_a_second = 4.6};
    EXPECT_EQ(fleet_line(state), "1000/1000 connected  998 ready  5 methods/s  20 answered");
    state.refusals = 2;
    state.desired = 7;
    state.last_failure = "the hub closed it";
    EXPECT_EQ(fleet_line(state),
              "1000/1000 connected  998 ready  5 methods/s  20 answered (2 refused)  7 twin changes");
    state.connected = 3;
    state.rejected = 9;
    EXPECT_THAT(fleet_line(state), HasSubstr("9 connections refused  the hub closed it"));
}

TEST(FleetViewTest, TheJsonHoldsTheSame) {
    const auto json = base::Json::parse(fleet_json(
        {.devices = 10, .connected = 9, .ready = 8, .answers = 7, .refusals = 6, .answers_a_second = 2.4}));
    ASSERT_TRUE(json);
    EXPECT_EQ(json->find("devices").as_integer(), 10);
    EXPECT_EQ(json->find("connected").as_integer(), 9);
    EXPECT_EQ(json->find("ready").as_integer(), 8);
    EXPECT_EQ(json->find("answered").as_integer(), 7);
    EXPECT_EQ(json->find("refused").as_integer(), 6);
    EXPECT_EQ(json->find("methodsPerSecond").as_integer(), 2);
    EXPECT_FALSE(json->find("lastFailure").exists());
}

}  // namespace
}  // namespace cli
