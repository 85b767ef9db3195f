#include "tests/unit/firmware/power_cut_world.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A day of a door: commands with and without commandId, two at once, a hold that ends, settings that are
// changed and reset.
const std::vector<PowerCutStep>& script() {
    static const std::vector<PowerCutStep> steps{
        {.desired = R"({"building":43,"floor":3})"},
        {.orders = {{Target::locked, "a", minutes(10)}}},
        {.orders = {{Target::unlocked, "", std::nullopt}}},
        {.desired = R"({"building":44,"exitTime":"9s"})"},
        {.orders = {{Target::locked, "b", std::nullopt}}},
        {.orders = {{Target::unlocked, "c", seconds(5)}}},
        {.pass = seconds(8)},
        {.orders = {{Target::locked, "d", minutes(3)}, {Target::unlocked, "e", minutes(5)}}},
        {.desired = R"({"building":null,"floor":4})"},
        {.orders = {{Target::locked, "f", seconds(4)}}},
        {.pass = seconds(3)},
        {.pass = seconds(8)},
        {.orders = {{Target::locked, "", std::nullopt}}},
    };
    return steps;
}

// The script with the power cut at operation `cut` and, after the restart, at operation `again` (0: not).
std::set<std::string> violations(const PowerCutVariant& variant, unsigned cut, Loss loss,
                                 unsigned again = 0) {
    PowerCutWorld world(variant);
    world.disk.cut_at(cut, loss);
    const auto recover = [&world](unsigned next, Loss how) {
        world.disk.restore_power();
        world.disk.cut_at(next, how);
        world.start();
        if (world.disk.powered()) world.verify();
        if (world.disk.powered()) return;
        world.disk.restore_power();
        world.start();
        world.verify();
    };
    world.start();
    if (!world.disk.powered()) recover(again, loss);
    for (const PowerCutStep& step : script()) {
        world.run(step);
        if (!world.disk.powered()) recover(again, loss);
    }
    recover(0, Loss::everything);  // it stops without a word; everything is on the disk all the same
    return world.violations();
}

unsigned operations(const PowerCutVariant& variant) {
    PowerCutWorld world(variant);
    world.start();
    for (const PowerCutStep& step : script())
        world.run(step);
    return world.disk.operations();
}

constexpr PowerCutVariant variants[] = {{.switches = false, .slow_disk = false},
                                        {.switches = false, .slow_disk = true},
                                        {.switches = true, .slow_disk = false},
                                        {.switches = true, .slow_disk = true}};

class PowerCutTest : public ::testing::TestWithParam<PowerCutVariant> {};
INSTANTIATE_TEST_SUITE_P(All, PowerCutTest, ::testing::ValuesIn(variants));

TEST_P(PowerCutTest, AtAnyWriteSyncRenameOrDirectorySyncLosesNothingAcknowledgedAndMovesNothingTwice) {
    const unsigned count = operations(GetParam());
    ASSERT_GT(count, 80U);
    for (unsigned cut = 1; cut <= count; ++cut) {
        for (const Loss loss : losses) {
            EXPECT_EQ(violations(GetParam(), cut, loss), std::set<std::string>())
                << "operation " << cut << ", loss " << static_cast<int>(loss);
        }
    }
}

TEST_P(PowerCutTest, AndASecondOneWhileTheDoorComesBack) {
    const unsigned count = operations(GetParam());
    for (unsigned cut = 1; cut <= count; cut += 3) {
        for (unsigned again = 1; again <= 12; again += 2) {
            for (const Loss loss : {Loss::everything, Loss::torn}) {
                EXPECT_EQ(violations(GetParam(), cut, loss, again), std::set<std::string>())
                    << "operations " << cut << " and " << again << ", loss " << static_cast<int>(loss);
            }
        }
    }
}

// The test is worth something only if it finds what it looks for.
class PowerCutMutationTest : public ::testing::TestWithParam<PowerCutVariant> {};
INSTANTIATE_TEST_SUITE_P(All, PowerCutMutationTest,
                         ::testing::Values(PowerCutVariant{.lies = {.about_files = true}},
                                           PowerCutVariant{.lies = {.about_directories = true}},
                                           PowerCutVariant{.deaf_store = true},
                                           PowerCutVariant{.hasty_store = true}));

TEST_P(PowerCutMutationTest, ADiskOrAStoreThatLiesIsFoundOut) {
    const unsigned count = operations(variants[0]);
    std::set<std::string> found;
    for (unsigned cut = 1; cut <= count; ++cut)
        found.merge(violations(GetParam(), cut, Loss::everything));
    const auto has = [&found](std::string_view what) {
        return std::any_of(found.begin(), found.end(),
                           [what](const std::string& text) { return text.find(what) != std::string::npos; });
    };
    EXPECT_TRUE(has("has moved the bolt twice"));
    EXPECT_TRUE(has("was acknowledged as"));
}

}  // namespace
}  // namespace firmware
