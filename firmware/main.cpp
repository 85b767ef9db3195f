#include "base/log.hpp"
#include "base/private_memory.hpp"
#include "firmware/command_line.hpp"
#include "firmware/config.hpp"
#include "firmware/daemon.hpp"
#include "firmware/gpio_tool.hpp"
#include "firmware/service_notifier.hpp"
#include "firmware/stored_lines.hpp"
#include "hal/mock/vcd.hpp"
#include "hal/mock/wave.hpp"

#include <malloc.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int fail(const base::Error& error, int status = exit_failed) {
    std::fprintf(stderr, "doorlockd: %s\n", error.message.c_str());
    return status;
}

std::size_t terminal_columns() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100U;
}

int draw(const firmware::CommandLine& line) {
    const auto wave = hal::read_vcd(line.wave_file);
    if (!wave) return fail(wave.error());
    const std::size_t columns = line.columns > 0 ? line.columns : terminal_columns();
    const std::string text =
        line.as_svg ? hal::draw_wave_svg(*wave)
                    : hal::draw_wave(*wave, {.columns = columns, .colour = isatty(STDOUT_FILENO) == 1});
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        return fail({base::Errc::io, "cannot write the drawing: " + std::string(std::strerror(errno))});
    }
    return 0;
}

// What an earlier process left is out of systemd's store from now on: if this one ends for whatever reason,
// the kernel has the lines back.
std::vector<firmware::StoredDescriptor> take_over() {
    auto stored = firmware::take_stored_descriptors();
    const firmware::ServiceNotifier notifier;
    for (const auto& [name, descriptor] : stored)
        notifier.forget(name);
    return stored;
}

int with_config(const firmware::CommandLine& line) {
    auto stored =
        line.action == firmware::Action::run ? take_over() : std::vector<firmware::StoredDescriptor>();
    const auto use = line.action == firmware::Action::check_config ? firmware::ConfigUse::check
                     : line.action == firmware::Action::safe       ? firmware::ConfigUse::safe
                     : line.action == firmware::Action::gpio       ? firmware::ConfigUse::bench
                                                                   : firmware::ConfigUse::run;
    const auto config = firmware::load_config(line.config_file, use);
    if (!config) {
        if (config.error().code != base::Errc::invalid_argument) return fail(config.error(), exit_usage);
        // One line for each mistake, in the form that editors understand.
        std::fprintf(stderr, "%s\n", config.error().message.c_str());
        return exit_usage;
    }
    for (const firmware::Mistake& warning : config->warnings) {
        if (line.action == firmware::Action::safe) break;
        std::fprintf(stderr, "%s (warning)\n", firmware::located(line.config_file, warning).c_str());
    }
    const base::Log log(config->log_level);
    switch (line.action) {
        case firmware::Action::check_config:
            std::printf("%s: good\n", line.config_file.c_str());
            return 0;
        case firmware::Action::gpio: {
            const auto done = firmware::run_gpio_tool(line.words, &*config, log);
            return done ? 0 : fail(done.error());
        }
        case firmware::Action::safe: {
            const auto safe = firmware::make_safe(*config, log);
            return safe ? 0 : fail(safe.error());
        }
        default: {
            const auto status = firmware::run_door(*config, log, line.simulation, std::move(stored));
            return status ? *status : fail(status.error());
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    base::keep_memory_private();
    // A few threads that allocate little: one heap serves all, instead of one for each.
    (void)mallopt(M_ARENA_MAX, 1);
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    const auto line = firmware::parse_command_line(arguments);
    if (!line) {
        return fail({line.error().code, line.error().message + "; see doorlockd --help"}, exit_usage);
    }
    switch (line->action) {
        case firmware::Action::help:
            std::fputs(firmware::help_text().data(), stdout);
            return 0;
        case firmware::Action::version:
            std::puts("doorlockd " DOORLOCK_VERSION);
            return 0;
        case firmware::Action::wave:
            return draw(*line);
        case firmware::Action::gpio: {
            if (!line->config_file.empty()) return with_config(*line);
            const auto done = firmware::run_gpio_tool(line->words, nullptr, base::Log());
            return done ? 0 : fail(done.error());
        }
        default:
            return with_config(*line);
    }
}
