#pragma once

#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace firmware {

// One case of tests/data/hostile; the form of the files stands in the README there.
struct HostileCase {
    std::string id;
    std::string subject;
    std::string input;
    std::string status;
    std::vector<std::string> says;
};

inline void PrintTo(const HostileCase& hostile, std::ostream* out) {
    *out << hostile.id;
}

// ~41, ~{9:text} and ~~ become what they stand for.
inline std::string hostile_input(std::string_view text) {
    std::string input;
    while (!text.empty()) {
        if (text.front() != '~') {
            input += text.front();
            text.remove_prefix(1);
        } else if (text.starts_with("~~")) {
            input += '~';
            text.remove_prefix(2);
        } else if (text.starts_with("~{")) {
            const std::size_t colon = text.find(':');
            // The end of what is repeated: the first brace behind at least one byte.
            const std::size_t end = text.find('}', colon + 2);
            const std::string part = hostile_input(text.substr(colon + 1, end - colon - 1));
            for (int left = std::stoi(std::string(text.substr(2, colon - 2))); left > 0; --left)
                input += part;
            text.remove_prefix(end + 1);
        } else {
            input += static_cast<char>(std::stoi(std::string(text.substr(1, 2)), nullptr, 16));
            text.remove_prefix(3);
        }
    }
    return input;
}

inline std::vector<HostileCase> hostile_cases(const std::string& name) {
    std::vector<HostileCase> cases;
    std::ifstream file(std::string(HOSTILE_DATA) + "/" + name);
    for (std::string line; std::getline(file, line);) {
        const std::string_view text(line);
        if (text.starts_with('[')) {
            const std::size_t end = text.find("] ");
            cases.push_back({.id = std::string(text.substr(1, end - 1)),
                             .subject = std::string(text.substr(end + 2)),
                             .input = {},
                             .status = {},
                             .says = {}});
        } else if (text.starts_with('>')) {
            cases.back().input = hostile_input(text.substr(text.size() > 1 ? 2 : 1));
        } else if (text.starts_with("< ")) {
            const std::size_t end = std::min(text.find(' ', 2), text.size());
            cases.back().status = text.substr(2, end - 2);
            cases.back().says.push_back(hostile_input(text.substr(std::min(end + 1, text.size()))));
        }
    }
    return cases;
}

}  // namespace firmware
