#include "scheduler/hub/program.hpp"

#include "base/clock.hpp"
#include "base/file_layer.hpp"
#include "base/log.hpp"
#include "scheduler/hub/admin_commands.hpp"
#include "scheduler/hub/admin_socket.hpp"
#include "scheduler/hub/audit.hpp"
#include "scheduler/hub/commit.hpp"
#include "scheduler/hub/database_backup.hpp"
#include "scheduler/hub/device_trust.hpp"
#include "scheduler/hub/first_start.hpp"
#include "scheduler/hub/hub.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

namespace hub {
namespace {

int fail(const base::Error& error) {
    std::fprintf(stderr, "lockhub: %s\n", error.message.c_str());
    return EXIT_FAILURE;
}

int print(const AdminAnswer& answer) {
    if (!answer.done) {
        std::fprintf(stderr, "lockhub: %s\n", answer.text.c_str());
        return EXIT_FAILURE;
    }
    std::printf("%s\n", answer.text.c_str());
    return EXIT_SUCCESS;
}

base::Log make_log(const ProgramOptions& given) {
    base::Level level = base::Level::info;
    (void)base::parse_level(given.log_level, level);  // the command line has checked it
    return base::Log(level);
}

base::Result<Settings> settings_of(const ProgramOptions& given) {
    base::PosixFileLayer files;
    return load_settings(files, given.directory, given.settings);
}

}  // namespace

int run_hub(const ProgramOptions& given) {
    const auto settings = settings_of(given);
    if (!settings) {
        return fail(settings.error());
    }
    const base::RealClock clock;
    const base::Log log = make_log(given);
    const auto opened = Hub::open({.directory = given.directory,
                                   .settings = *settings,
                                   .token_grace = std::chrono::seconds(given.token_grace)},
                                  clock, log);
    if (!opened) {
        return fail(opened.error());
    }
    (*opened)->run();
    return EXIT_SUCCESS;
}

int initialize(const ProgramOptions& given) {
    const auto settings = settings_of(given);
    if (!settings) {
        return fail(settings.error());
    }
    base::PosixFileLayer files;
    if (auto same = check_kept_settings(files, given.directory, *settings); !same) {
        return fail(same.error());
    }
    const base::RealClock clock;
    const base::Log log = make_log(given);
    if (auto prepared = prepare_directory(files, given.directory, *settings, clock.system_now(), log);
        !prepared) {
        return fail(prepared.error());
    }
    const auto database = open_database(given.directory);
    if (!database) {
        return fail(database.error());
    }
    Policies policies(**database);
    if (auto ready = prepare_access(files, given.directory, *settings, **database, policies, log); !ready) {
        return fail(ready.error());
    }
    if (auto kept = keep_settings(files, given.directory, *settings); !kept) {
        return fail(kept.error());
    }
    return EXIT_SUCCESS;
}

int administrate(const ProgramOptions& given, const std::vector<std::string>& words) {
    const auto answer = ask_running_hub(given.directory, words);
    if (answer) {
        return print(*answer);
    }
    if (answer.error().code != base::Errc::unavailable) {
        return fail(answer.error());
    }
    if (auto found = find_hub(given.directory); !found) {
        return fail(found.error());
    }
    const auto settings = settings_of(given);
    const auto database = open_database(given.directory);
    if (!settings || !database) {
        return fail(settings ? database.error() : settings.error());
    }
    base::PosixFileLayer files;
    const auto trust = DeviceTrust::load(files, given.directory);
    if (!trust) {
        return fail(trust.error());
    }
    const base::RealClock clock;
    Policies policies(**database);
    Registry registry(**database, clock);
    Audit audit(**database, clock, {});
    AdminCommands commands(**database, registry, policies, *settings, clock);
    commands.keep_audit(audit);
    commands.policy_rolled.connect([&](const std::string&) {
        const auto written =
            write_connection_file(files, given.directory, *settings, policies, make_log(given));
        if (!written) (void)fail(written.error());  // the policy is rolled all the same
    });
    int status = EXIT_FAILURE;
    commands.manage(**trust);
    commands.run(words, [&status](const AdminAnswer& done) { status = print(done); });
    audit.flush();
    (void)commit_and_log(**database, make_log(given));  // print() has told how it went
    while (const auto due = commands.next_due()) {      // what a hub does beside its other work
        std::this_thread::sleep_until(*due);
        commands.tick();
        if (!commit_and_log(**database, make_log(given))) return EXIT_FAILURE;
    }
    return status;
}

int administrate_with_file(const ProgramOptions& given, std::vector<std::string> words,
                           const std::string& file) {
    base::PosixFileLayer files;
    auto text = files.read(file, std::size_t{128} * 1024);
    if (!text) {
        return fail(text.error());
    }
    words.push_back(std::move(*text));
    return administrate(given, words);
}

int add_device(const ProgramOptions& given, const std::string& id, const std::string& x509) {
    if (x509.empty()) {
        return administrate(given, {"device", "add", id});
    }
    const std::vector<std::string> words{"device", "add", id, "x509"};
    const bool hexadecimal = x509.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (x509 == "ca" || hexadecimal) {
        std::vector<std::string> whole = words;
        whole.push_back(x509);
        return administrate(given, whole);
    }
    return administrate_with_file(given, words, x509);
}

int back_up(const ProgramOptions& given, const std::string& file) {
    if (auto found = find_hub(given.directory); !found) {
        return fail(found.error());
    }
    base::PosixFileLayer files;
    const auto bytes = back_up_database(files, given.directory + "/hub.db", file);
    if (!bytes) {
        return fail(bytes.error());
    }
    std::printf("%s: %lld bytes\n", file.c_str(), static_cast<long long>(*bytes));
    return EXIT_SUCCESS;
}

int check(const ProgramOptions& given) {
    if (auto found = find_hub(given.directory); !found) {
        return fail(found.error());
    }
    const auto wrong = check_database(given.directory + "/hub.db");
    if (!wrong) {
        return fail(wrong.error());
    }
    for (const std::string& sentence : *wrong) {
        std::fprintf(stderr, "lockhub: %s\n", sentence.c_str());
    }
    if (!wrong->empty()) {
        return EXIT_FAILURE;
    }
    std::printf("%s/hub.db is sound\n", given.directory.c_str());
    return EXIT_SUCCESS;
}

int show_ca(const ProgramOptions& given) {
    if (auto found = find_hub(given.directory); !found) {
        return fail(found.error());
    }
    base::PosixFileLayer files;
    const auto text = files.read(given.directory + "/ca.pem", std::size_t{64} * 1024);
    if (!text) {
        return fail(text.error());
    }
    std::printf("%s", text->c_str());
    return EXIT_SUCCESS;
}

}  // namespace hub
