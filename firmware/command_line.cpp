#include "firmware/command_line.hpp"

#include <charconv>
#include <utility>

namespace firmware {

namespace {

base::Error wrong(std::string what) {
    return base::Error{base::Errc::invalid_argument, std::move(what)};
}

// Walks over the words behind the action.
class Words {
  public:
    explicit Words(std::span<const std::string_view> words) : words_(words) {}

    [[nodiscard]] bool empty() const { return words_.empty(); }
    [[nodiscard]] std::string_view next() {
        const std::string_view word = words_.front();
        words_ = words_.subspan(1);
        return word;
    }
    [[nodiscard]] base::Result<std::string> value_of(std::string_view option) {
        if (words_.empty() || words_.front().starts_with("--"))
            return wrong(std::string(option) + " needs a value");
        return std::string(next());
    }

  private:
    std::span<const std::string_view> words_;
};

base::Result<void> take_text(Words& words, std::string_view option, std::string& into) {
    auto value = words.value_of(option);
    if (!value) return value.error();
    into = std::move(*value);
    return {};
}

base::Result<void> take_columns(Words& words, CommandLine& line) {
    auto value = words.value_of("--columns");
    if (!value) return value.error();
    const std::string_view text = *value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), line.columns);
    if (error == std::errc() && end == text.data() + text.size() && line.columns > 0) return {};
    return wrong("--columns: a number is expected, not " + *value);
}

base::Result<void> take(Words& words, CommandLine& line) {
    const std::string_view word = words.next();
    const bool runs = line.action == Action::run;
    SimulationFiles files = line.simulation.value_or(SimulationFiles{});
    const bool takes_config = runs || line.action == Action::safe || line.action == Action::gpio;
    if (word == "--config" && takes_config) return take_text(words, word, line.config_file);
    if (word == "--columns" && line.action == Action::wave) return take_columns(words, line);
    if (word == "--svg" && line.action == Action::wave) {
        line.as_svg = true;
        return {};
    }
    if (runs && (word == "--simulate" || word == "--vcd" || word == "--control")) {
        base::Result<void> taken;
        if (word == "--vcd") taken = take_text(words, word, files.vcd_file);
        if (word == "--control") taken = take_text(words, word, files.control_socket);
        const bool simulates = line.simulation || word == "--simulate";
        if (!simulates) return wrong(std::string(word) + " belongs behind --simulate");
        line.simulation = std::move(files);
        return taken;
    }
    if (line.action == Action::gpio && !word.starts_with("--")) {
        line.words.emplace_back(word);
        return {};
    }
    std::string& file = line.action == Action::wave ? line.wave_file : line.config_file;
    if ((line.action == Action::wave || line.action == Action::check_config) && !word.starts_with("--") &&
        file.empty()) {
        file = word;
        return {};
    }
    return wrong("unknown argument " + std::string(word));
}

base::Result<void> complete(const CommandLine& line) {
    switch (line.action) {
        case Action::run:
        case Action::safe:
            if (line.config_file.empty()) return wrong("--config FILE is missing");
            break;
        case Action::check_config:
            if (line.config_file.empty()) return wrong("check-config needs the file to check");
            break;
        case Action::wave:
            if (line.wave_file.empty()) return wrong("wave needs a VCD file");
            break;
        case Action::gpio:
            if (line.words.empty()) return wrong("gpio needs one of list, read, watch, pulse");
            break;
        case Action::version:
        case Action::help:
            break;
    }
    return {};
}

}  // namespace

base::Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments) {
    CommandLine line;
    if (arguments.empty()) return wrong("--config FILE is missing");
    static constexpr std::pair<std::string_view, Action> actions[] = {
        {"check-config", Action::check_config},
        {"safe", Action::safe},
        {"gpio", Action::gpio},
        {"wave", Action::wave},
        {"--version", Action::version},
        {"--help", Action::help},
        {"-h", Action::help},
    };
    for (const auto& [word, action] : actions) {
        if (arguments.front() == word) line.action = action;
    }
    Words words(line.action == Action::run ? arguments : arguments.subspan(1));
    while (!words.empty()) {
        if (auto taken = take(words, line); !taken) return taken.error();
    }
    if (auto whole = complete(line); !whole) return whole.error();
    return line;
}

std::string_view help_text() {
    return R"(doorlockd: the firmware of a door lock

  doorlockd --config FILE                      run the door
            --simulate                         on simulated wiring: no GPIO, no root
            --simulate --vcd FILE              record every line
            --simulate --control SOCKET        take commands: press exit, door open, bolt jam, state
  doorlockd check-config FILE                  every mistake in it, and nothing else
  doorlockd safe --config FILE                 switch every output off (after a crash)
  doorlockd gpio list                          every line of this machine
  doorlockd gpio read|watch LINE               an input, now or as it changes
  doorlockd gpio pulse LINE TIME               an output, active for at most 10s
  doorlockd gpio --config FILE list|read|watch|pulse
                                               the same with the lines of a door by their roles (exit_button,
                                               lock), their polarity, and no pulse that the actuator does not bear
  doorlockd wave FILE.vcd [--columns N]        draw a recording; with --svg, as a picture
  doorlockd --version | --help

Examples of configurations, one for each kind of lock, come with the program (firmware/examples).
)";
}

}  // namespace firmware
