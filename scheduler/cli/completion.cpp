#include "scheduler/cli/completion.hpp"

#include <CLI/CLI.hpp>

#include <vector>

namespace cli {

namespace {

struct Place {
    std::string path;  // "job create"; empty: no command yet
    const CLI::App* app;
};

void collect(const CLI::App& app, const std::string& path, std::vector<Place>& places) {
    places.push_back({path, &app});
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        collect(*sub, path + (path.empty() ? "" : " ") + sub->get_name(), places);
    }
}

std::string words_of(const CLI::App& app) {
    std::string words;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
        words += sub->get_name() + " ";
    for (const CLI::Option* option : app.get_options()) {
        for (const auto& name : option->get_lnames())
            words += "--" + name + " ";
        for (const auto& name : option->get_snames())
            words += "-" + name + " ";
    }
    if (!words.empty()) words.pop_back();
    return words;
}

std::string bash_script(const std::vector<Place>& places) {
    std::string known;
    std::string words;
    for (const Place& place : places) {
        if (!place.path.empty()) known += (known.empty() ? "'" : " | '") + place.path + "'";
        words += "        '" + place.path + "') words='" + words_of(*place.app) + "' ;;\n";
    }
    return "_lockctl() {\n"
           "    local path= word words i\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        word=${path:+$path }${COMP_WORDS[i]}\n"
           "        case $word in\n"
           "        " +
           known +
           ") path=$word ;;\n"
           "        esac\n"
           "    done\n"
           "    case ${COMP_WORDS[COMP_CWORD - 1]} in\n"
           "    -o | --output)\n"
           "        COMPREPLY=($(compgen -W 'table json jsonl csv' -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "        return\n"
           "        ;;\n"
           "    esac\n"
           "    case $path in\n" +
           words +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "}\n"
           "complete -o default -F _lockctl lockctl\n";
}

// For fish's single quotes.
std::string fish_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string fish_script(const std::vector<Place>& places) {
    std::string known;
    for (const Place& place : places) {
        if (!place.path.empty()) known += " " + fish_quoted(place.path);
    }
    std::string out =
        "function __lockctl_at\n"
        "    set -l path\n"
        "    for word in (commandline -opc)[2..]\n"
        "        set -l longer (string join ' ' -- $path $word)\n"
        "        contains -- $longer" +
        known +
        "\n"
        "        and set path $longer\n"
        "    end\n"
        "    test \"$path\" = \"$argv[1]\"\n"
        "end\n";
    for (const Place& place : places) {
        const std::string at =
            "complete -c lockctl -n " + fish_quoted("__lockctl_at " + fish_quoted(place.path));
        for (const CLI::App* sub : place.app->get_subcommands([](const CLI::App*) { return true; })) {
            out += at + " -f -a " + sub->get_name() + " -d " + fish_quoted(sub->get_description()) + "\n";
        }
        for (const CLI::Option* option : place.app->get_options()) {
            if (option->get_lnames().empty() && option->get_snames().empty()) continue;
            out += at;
            for (const auto& name : option->get_lnames())
                out += " -l " + name;
            for (const auto& name : option->get_snames())
                out += " -s " + name;
            if (option->get_type_size() > 0) out += " -r";
            if (option->check_lname("output")) out += " -f -a 'table json jsonl csv'";
            out += " -d " + fish_quoted(option->get_description()) + "\n";
        }
    }
    return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, std::string_view shell) {
    std::vector<Place> places;
    collect(app, {}, places);
    std::string script;
    if (shell == "fish") {
        script = fish_script(places);
    } else if (shell == "zsh") {
        script = "#compdef lockctl\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(places);
    } else {
        script = bash_script(places);
    }
    script.pop_back();  // whoever prints it ends the line
    return script;
}

}  // namespace cli
