#include "scheduler/cli/arguments.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace cli {
namespace {

std::string manual() {
    std::ifstream file(LOCKCTL_MANUAL);
    std::stringstream text;
    text << file.rdbuf();
    std::string out = text.str();
    // roff writes '-' as "\-".
    for (auto at = out.find("\\-"); at != std::string::npos; at = out.find("\\-", at))
        out.erase(at, 1);
    return out;
}

// All words like --connection-file.
std::set<std::string> options_in(const std::string& text) {
    std::set<std::string> out;
    for (auto at = text.find("--"); at != std::string::npos; at = text.find("--", at)) {
        const auto end = text.find_first_not_of("-abcdefghijklmnopqrstuvwxyz", at);
        const std::string option = text.substr(at, end - at);
        if (option.size() > 2) out.insert(option);
        at = end;
    }
    return out;
}

std::string help(std::vector<std::string> command) {
    command.emplace_back("--help");
    const auto parsed = parse_arguments(command);
    const auto* notice = std::get_if<Notice>(&parsed);
    return notice != nullptr && notice->exit == Exit::ok ? notice->text : "";
}

const std::vector<std::vector<std::string>> all_commands = {
    {"job", "plan"},    {"job", "retry"},     {"doctor"},         {"events"},         {"completion"},
    {"lock"},           {"unlock"},           {"status"},         {"invoke"},         {"job", "create"},
    {"job", "list"},    {"job", "show"},      {"job", "watch"},   {"job", "results"}, {"job", "cancel"},
    {"twin", "show"},   {"twin", "set"},      {"twin", "tag"},    {"device", "add"},  {"device", "list"},
    {"device", "show"}, {"device", "remove"}, {"query"},          {"policy", "list"}, {"policy", "add"},
    {"simulate"},       {"audit", "list"},    {"audit", "verify"}};

TEST(ManualTest, NamesEveryCommandAndEveryOptionOfTheProgram) {
    const std::string page = manual();
    ASSERT_FALSE(page.empty());
    std::set<std::string> options;
    auto commands = all_commands;
    commands.emplace_back();
    for (const auto& command : commands) {
        const std::string text = help(command);
        ASSERT_FALSE(text.empty());
        options.merge(options_in(text));
        std::string words;
        for (const auto& word : command)
            words += (words.empty() ? "" : " ") + word;
        EXPECT_NE(page.find(words), std::string::npos) << words;
    }
    for (const auto& name : options)
        EXPECT_NE(page.find(name), std::string::npos) << name;
}

TEST(ManualTest, NamesNoOptionThatTheProgramDoesNotHave) {
    std::string known = help({});
    for (const auto& command : all_commands)
        known += help(command);
    const auto options = options_in(known);
    for (const auto& name : options_in(manual()))
        EXPECT_TRUE(options.contains(name)) << name;
}

// The lines of the page that begin with "$ lockctl", read as a shell with quotes would.
std::vector<std::vector<std::string>> examples() {
    std::vector<std::vector<std::string>> out;
    std::istringstream page(manual());
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("$ lockctl ")) continue;
        while (line.ends_with("\\e")) {  // roff writes a backslash at the end of a line as "\e"
            line.resize(line.size() - 2);
            std::string next;
            std::getline(page, next);
            line += next;
        }
        std::vector<std::string> words(1);
        char quote = '\0';
        for (const char c : line.substr(10)) {
            if (quote != '\0' ? c == quote : c == '\'' || c == '"') {
                quote = quote == '\0' ? c : '\0';
            } else if (c == ' ' && quote == '\0') {
                if (!words.back().empty()) words.emplace_back();
            } else {
                words.back().push_back(c);
            }
        }
        out.push_back(std::move(words));
    }
    return out;
}

TEST(ManualTest, EveryExampleIsACommandLineThatIsRight) {
    const auto all = examples();
    EXPECT_GE(all.size(), 8U);
    for (const auto& example : all) {
        const auto parsed = parse_arguments(example);
        const auto* notice = std::get_if<Notice>(&parsed);
        EXPECT_TRUE(notice == nullptr || notice->exit == Exit::ok) << example.at(0) << ": " << notice->text;
    }
}

}  // namespace
}  // namespace cli
