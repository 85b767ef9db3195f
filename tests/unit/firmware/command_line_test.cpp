#include "firmware/command_line.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace firmware {
namespace {

base::Result<CommandLine> parse(std::initializer_list<std::string_view> words) {
    return parse_command_line(std::vector<std::string_view>(words));
}

TEST(CommandLineTest, UnderstandsWhatTheHelpSays) {
    EXPECT_EQ(parse({"--config", "a.json"})->config_file, "a.json");
    const auto simulated =
        parse({"--config", "a.json", "--simulate", "--vcd", "a.vcd", "--control", "a.sock"});
    ASSERT_TRUE(simulated);
    ASSERT_TRUE(simulated->simulation);
    EXPECT_EQ(simulated->simulation->vcd_file, "a.vcd");
    EXPECT_EQ(simulated->simulation->control_socket, "a.sock");
    EXPECT_EQ(parse({"check-config", "a.json"})->action, Action::check_config);
    EXPECT_EQ(parse({"check-config", "a.json"})->config_file, "a.json");
    EXPECT_EQ(parse({"safe", "--config", "a.json"})->action, Action::safe);
    EXPECT_EQ(parse({"wave", "a.vcd", "--columns", "80"})->columns, 80U);
    EXPECT_TRUE(parse({"wave", "a.vcd", "--svg"})->as_svg);
    EXPECT_EQ(parse({"gpio", "pulse", "GPIO17", "500ms"})->words.size(), 3U);
    EXPECT_EQ(parse({"gpio", "read", "contact", "--config", "door.json"})->config_file, "door.json");
    EXPECT_EQ(parse({"--version"})->action, Action::version);
    EXPECT_EQ(parse({"--help"})->action, Action::help);
}

TEST(CommandLineTest, NamesWhatIsWrong) {
    const auto says = [](std::initializer_list<std::string_view> words) {
        const auto parsed = parse(words);
        return parsed ? std::string() : parsed.error().message;
    };
    EXPECT_EQ(says({}), "--config FILE is missing");
    EXPECT_EQ(says({"--simulate"}), "--config FILE is missing");
    EXPECT_EQ(says({"--config"}), "--config needs a value");
    EXPECT_EQ(says({"--config", "--simulate"}), "--config needs a value");
    EXPECT_EQ(says({"--config", "a", "--vcd", "b"}), "--vcd belongs behind --simulate");
    EXPECT_EQ(says({"--config", "a", "--fast"}), "unknown argument --fast");
    EXPECT_EQ(says({"check-config"}), "check-config needs the file to check");
    EXPECT_EQ(says({"check-config", "a", "b"}), "unknown argument b");
    EXPECT_EQ(says({"wave", "a.vcd", "--columns", "x"}), "--columns: a number is expected, not x");
    EXPECT_EQ(says({"gpio"}), "gpio needs one of list, read, watch, pulse");
}

}  // namespace
}  // namespace firmware
