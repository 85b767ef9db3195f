#include "firmware/machine_restart.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace firmware {

std::vector<std::string> MachineRestart::usual_command() {
    // No wall message, and nobody to type a password: the shipped polkit rule allows it, or it is refused.
    return {"/usr/bin/systemctl", "--no-wall", "--no-ask-password", "reboot"};
}

MachineRestart::MachineRestart(hal::EventLoop& loop, const base::Log& log, std::vector<std::string> command)
    : loop_(loop), log_(log), command_(std::move(command)) {}

void MachineRestart::request() {
    if (child_ > 0) return;
    log_.notice("machine_reboot", {{"command", command_.front()}});
    if (auto spawned = spawn(); !spawned)
        log_.error("machine_reboot_failed", {{"reason", spawned.error().message}});
}

base::Result<void> MachineRestart::spawn() {
    // The program holds the writing end for as long as it lives, and nobody else does.
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return hal::system_error("pipe");
    hal::Descriptor reading(ends[0]);
    const hal::Descriptor writing(ends[1]);
    constexpr int kept = 3;
    posix_spawn_file_actions_t actions;
    if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0)
        return hal::system_error("posix_spawn", error);
    posix_spawnattr_t attributes;
    if (const int error = ::posix_spawnattr_init(&attributes); error != 0) {
        (void)::posix_spawn_file_actions_destroy(&actions);  // frees memory, cannot fail
        return hal::system_error("posix_spawn", error);
    }
    // The loop reads its signals from a descriptor and blocks them; the program is not to inherit that.
    sigset_t none;
    sigemptyset(&none);
    (void)::posix_spawnattr_setsigmask(&attributes, &none);  // these two store a value, cannot fail
    (void)::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    // dup2 takes the mark of close-on-exec off its copy.
    int error = ::posix_spawn_file_actions_adddup2(&actions, writing.get(), kept);
    std::vector<char*> arguments;
    for (std::string& word : command_)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<char*, 1> no_environment{nullptr};
    if (error == 0) {
        error = ::posix_spawn(&child_, command_.front().c_str(), &actions, &attributes, arguments.data(),
                              no_environment.data());
    }
    (void)::posix_spawnattr_destroy(&attributes);        // as below
    (void)::posix_spawn_file_actions_destroy(&actions);  // frees memory, cannot fail
    if (error != 0) {
        child_ = -1;
        return hal::system_error(command_.front(), error);
    }
    its_end_ = std::move(reading);
    watch_ = loop_.on_readable(its_end_.get(), [this] { ended(); });
    return {};
}

void MachineRestart::ended() {
    watch_.reset();
    its_end_ = hal::Descriptor();
    int status = 0;
    const pid_t waited = ::waitpid(std::exchange(child_, -1), &status, 0);
    if (waited > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    const int shown = waited > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    log_.error("machine_reboot_failed",
               {{"status", shown}, {"cure", "allow it to this user: the shipped polkit rule does"}});
}

}  // namespace firmware
