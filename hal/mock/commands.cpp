#include "base/duration.hpp"
#include "hal/mock/wire.hpp"
#include "hal/mock/wiring.hpp"

#include <algorithm>
#include <charconv>

namespace hal {

namespace {

constexpr std::string_view wire_usage =
    "wire break|stick|fail|mend LINE, or wire bounce LINE PAIRS [SPACING]";

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = text.find_first_not_of(" \t\r", at);
        if (begin == std::string_view::npos) break;
        const auto end = std::min(text.find_first_of(" \t\r", begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        at = end;
    }
    return words;
}

base::Error usage(std::string_view right) {
    return {base::Errc::invalid_argument, "the command is: " + std::string(right)};
}

}  // namespace

base::Result<std::string> Wiring::command(std::string_view line) {
    base::Result<std::string> answer = std::string();
    change([&] { answer = obey(line); });
    return answer;
}

base::Result<std::string> Wiring::obey(std::string_view line) {
    auto words = split(line);
    std::string parts;
    for (const auto& part : parts_)
        parts += (parts.empty() ? "" : ", ") + part->name();
    if (words.empty()) return usage("state, help, wire …, or one of the parts: " + parts);
    if (words[0] == "state") return state();
    if (words[0] == "help") return help();
    if (words[0] == "wire") return obey_wire(words);
    // "press exit 1s" reads better than "exit press 1s"; both work.
    if (words.size() > 1 && (words[0] == "press" || words[0] == "hold" || words[0] == "release"))
        std::swap(words[0], words[1]);
    const auto found = std::find_if(parts_.begin(), parts_.end(),
                                    [&](const auto& part) { return part->name() == words[0]; });
    if (found == parts_.end())
        return base::Error{base::Errc::not_found, "no part '" + std::string(words[0]) +
                                                      "' in the simulated wiring; it has " + parts +
                                                      ", and understands state, help and wire"};
    return (*found)->command(std::span(words).subspan(1));
}

std::string Wiring::help() const {
    std::string text = "state; help";
    for (const auto& part : parts_)
        text += "; " + part->usage();
    return text + "; " + std::string(wire_usage);
}

base::Result<std::string> Wiring::obey_wire(const std::vector<std::string_view>& words) {
    if (words.size() < 3) return usage(wire_usage);
    const auto line = words[2];
    base::Result<void> done;
    if (words[1] == "bounce") {
        Bounce bounce;
        const auto pairs = words.size() > 3 ? words[3] : "0";
        const auto read = std::from_chars(pairs.data(), pairs.data() + pairs.size(), bounce.pairs);
        if (read.ec != std::errc() || read.ptr != pairs.data() + pairs.size()) return usage(wire_usage);
        if (words.size() > 4) {
            const auto spacing = base::parse_duration(words[4]);
            if (!spacing) return with_context(spacing.error(), "SPACING");
            bounce.spacing = *spacing;
        }
        done = bounce_wire(line, bounce);
    } else if (words[1] == "break") {
        done = fault_wire(line, Fault::broken);
    } else if (words[1] == "stick") {
        done = fault_wire(line, Fault::stuck);
    } else if (words[1] == "fail" || words[1] == "mend") {
        done = fault_wire(line, Fault::none);
        if (done)
            wires_[*existing(line)]->failure =
                words[1] == "fail"
                    ? std::optional(
                          base::Error{base::Errc::io, std::string(line) + ": simulated failure of the line"})
                    : std::nullopt;
        if (done && words[1] == "mend") wires_[*existing(line)]->bounce = {};
    } else {
        return usage(wire_usage);
    }
    if (!done) return done.error();
    return std::string(line) + " " + std::string(words[1]);
}

std::string Wiring::state() const {
    std::string text;
    for (const auto& part : parts_)
        text += part->name() + ": " + part->describe() + "; ";
    text += "wires:";
    for (const auto& wire : wires_) {
        text += " " + signals_[wire->signal].name + "=" + (wire->level ? "1" : "0");
        if (wire->fault == Fault::broken) text += "(broken)";
        if (wire->fault == Fault::stuck) text += "(stuck)";
        if (wire->failure) text += "(failing)";
    }
    return text + "; mishaps: " + std::to_string(mishaps_.size() + mishaps_.dropped());
}

std::string Wiring::snapshot() {
    std::string text;
    change([&] {
        for (const auto& part : parts_) {
            if (const auto kept = part->snapshot(); !kept.empty()) text += part->name() + " " + kept + "\n";
        }
    });
    return text;
}

base::Result<void> Wiring::restore(std::string_view snapshot) {
    base::Result<void> result;
    change([&] {
        while (result && !snapshot.empty()) {
            const auto end = std::min(snapshot.find('\n'), snapshot.size());
            const auto words = split(snapshot.substr(0, end));
            snapshot.remove_prefix(std::min(end + 1, snapshot.size()));
            if (words.empty()) continue;
            // A part that is no longer there keeps nothing.
            for (const auto& part : parts_) {
                if (part->name() != words[0]) continue;
                result = part->restore(words.size() > 1 ? words[1] : "");
                if (!result) result = with_context(result.error(), words[0]);
            }
        }
    });
    return result;
}

}  // namespace hal
