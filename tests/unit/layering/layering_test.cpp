// Reads the #includes of the whole tree and fails on an arrow that points the wrong way, and on a C library
// that is seen outside its one place. The picture stands in ARCHITECTURE.md.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Include {
    std::string file;  // relative to the root
    std::string target;
    bool quoted = false;
};

// Which directories each directory may include, itself aside.
const std::map<std::string, std::set<std::string>> may_include{
    {"base", {}},
    {"hal", {"base"}},
    {"protocol", {"base"}},
    {"scheduler/query", {"base"}},
    {"scheduler/jobs", {"base"}},
    {"scheduler/http", {"base"}},
    {"scheduler/fleet", {"base", "protocol"}},
    {"firmware", {"base", "hal", "protocol"}},
    {"scheduler/hub", {"base", "protocol", "scheduler/query", "scheduler/jobs", "scheduler/http"}},
    {"scheduler/cli",
     {"base", "protocol", "scheduler/query", "scheduler/jobs", "scheduler/http", "scheduler/fleet"}},
};

struct Library {
    std::string header;   // a regular expression over what stands between the brackets
    std::string seen_by;  // and one over the files that may include it
};
const std::vector<Library> libraries{
    {"cjson/.*|cJSON.*", "base/json\\.cpp"},
    {"MQTTAsync\\.h|MQTTClient\\.h|MQTT.*\\.h", "firmware/mqtt/.*"},
    {"gpiod\\.h", "hal/gpiod/.*"},
    {"systemd/.*", "nowhere"},
    {"sqlite3\\.h", "scheduler/hub/(database|database_backup|statement|schema)\\.cpp"},
    {"CLI/.*", "scheduler/(cli|hub)/.*|firmware/main\\.cpp"},
    {"boost/.*", "scheduler/(http|hub|cli)/.*"},
    {"openssl/.*",
     "protocol/.*\\.cpp|scheduler/http/.*|scheduler/fleet/(link|tls)\\.cpp|scheduler/hub/"
     "(certificates|device_authorities|x509|tls_socket|random)\\.[ch]pp"},
};

std::vector<Include> includes_of_tree() {
    const fs::path root = SOURCE_DIR;
    const std::regex line_pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> found;
    for (const std::string top : {"base", "hal", "protocol", "firmware", "scheduler"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
            std::ifstream in(entry.path());
            for (std::string line; std::getline(in, line);) {
                std::smatch match;
                if (!std::regex_search(line, match, line_pattern)) continue;
                found.push_back({fs::relative(entry.path(), root).string(), match[2], match[1] == "\""});
            }
        }
    }
    return found;
}

// "scheduler/hub/routes.cpp" → "scheduler/hub", "hal/mock/wiring.hpp" → "hal".
std::string place_of(const std::string& file) {
    const auto first = file.find('/');
    if (file.substr(0, first) != "scheduler") return file.substr(0, first);
    return file.substr(0, file.find('/', first + 1));
}

TEST(Layering, EveryIncludePointsTheRightWay) {
    const auto includes = includes_of_tree();
    ASSERT_GT(includes.size(), 100U) << "the tree was not found";
    for (const Include& include : includes) {
        if (!include.quoted) continue;
        const std::string from = place_of(include.file);
        const std::string to = place_of(include.target);
        ASSERT_TRUE(may_include.contains(from))
            << include.file << " stands in a directory that no rule knows";
        EXPECT_TRUE(from == to || may_include.at(from).contains(to))
            << include.file << " includes " << include.target;
    }
}

TEST(Layering, EveryIncludeOfTheProjectIsWrittenFromTheRoot) {
    for (const Include& include : includes_of_tree()) {
        if (!include.quoted) continue;
        EXPECT_TRUE(fs::exists(fs::path(SOURCE_DIR) / include.target))
            << include.file << " includes " << include.target;
    }
}

TEST(Layering, EachLibraryIsSeenInOnePlace) {
    for (const Include& include : includes_of_tree()) {
        for (const Library& library : libraries) {
            if (!std::regex_match(include.target, std::regex(library.header)) || include.quoted) continue;
            EXPECT_TRUE(std::regex_match(include.file, std::regex(library.seen_by)))
                << include.file << " includes <" << include.target << ">";
        }
    }
}

}  // namespace
