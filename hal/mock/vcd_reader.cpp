#include "base/file_layer.hpp"
#include "base/iso8601.hpp"
#include "hal/mock/vcd.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

namespace hal {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} << 20;
constexpr std::size_t most_signals = 4096;
constexpr std::size_t longest_name = 1000;
constexpr std::string_view blanks = " \t\r\n\v\f";

// Bytes from a file as a terminal may see them: escaped, and of a bounded length.
std::string shown(std::string_view bytes, std::size_t most = 40) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    for (const char c : bytes.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte < 0x7f)
            text += c;
        else
            text += {'\\', 'x', hex[byte >> 4U], hex[byte & 0xfU]};
    }
    return bytes.size() > most ? text + "…" : text;
}

// Reads the tokens of a dump one after the other; a failed step leaves the reason in error().
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    base::Result<Wave> read() {
        for (auto token = next(); !token.empty(); token = next()) {
            const bool good = token[0] == '$' ? directive(token) : change(token);
            if (!good)
                return base::Error{base::Errc::invalid_argument,
                                   "line " + std::to_string(line_) + ": " + wrong_};
        }
        if (wave_.signals.empty())
            return base::Error{base::Errc::invalid_argument,
                               "no signal is declared ($var); is this a VCD file?"};
        wave_.end = now_;
        wave_.incomplete = wave_.incomplete || dumping_ || !declared_;
        return std::move(wave_);
    }

  private:
    bool fail(std::string wrong) {
        wrong_ = std::move(wrong);
        return false;
    }

    std::string_view next() {
        while (at_ < text_.size() && blanks.find(text_[at_]) != std::string_view::npos) {
            if (text_[at_++] == '\n') ++line_;
        }
        const auto begin = at_;
        at_ = std::min(text_.find_first_of(blanks, at_), text_.size());
        return text_.substr(begin, at_ - begin);
    }

    // The tokens up to $end, joined by single blanks.
    std::string rest() {
        std::string words;
        auto token = next();
        for (; !token.empty() && token != "$end"; token = next())
            words += (words.empty() ? "" : " ") + std::string(token);
        if (token.empty()) wave_.incomplete = true;
        return words;
    }

    bool directive(std::string_view name) {
        if (name == "$var") return declare();
        if (name == "$timescale") return timescale(rest());
        if (name == "$date") {
            if (const auto date = base::parse_iso8601(rest())) wave_.started = *date;
            return true;
        }
        // The values of a dump stand between $dumpvars and its $end as anywhere else.
        if (name == "$dumpvars" || name == "$dumpall" || name == "$dumpon" || name == "$dumpoff" ||
            name == "$end") {
            dumping_ = name != "$end";
            return true;
        }
        if (name == "$enddefinitions") declared_ = true;
        (void)rest();  // $scope, $upscope, $comment, $version …: nothing to be drawn
        return true;
    }

    bool declare() {
        // Type, width, code, name, and perhaps a bit range.
        std::istringstream words(rest());
        std::string type;
        std::string width;
        std::string code;
        std::string name;
        if (!(words >> type >> width >> code >> name))
            return fail("$var needs a type, a width, a code and a name");
        if (wave_.signals.size() == most_signals)
            return fail("more than " + std::to_string(most_signals) + " signals");
        codes_.emplace(code, wave_.signals.size());
        wave_.signals.push_back({shown(name, longest_name), type == "real" || type == "integer", {}});
        return true;
    }

    bool timescale(const std::string& text) {
        static const std::map<std::string, double, std::less<>> units = {
            {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"ps", 1e-3}, {"fs", 1e-6}};
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto begin = std::min(text.find_first_not_of(' ', digits), text.size());
        const auto unit = units.find(std::string_view(text).substr(begin));
        const auto number = std::string_view(text).substr(0, digits);
        if (unit == units.end() || (number != "1" && number != "10" && number != "100"))
            return fail("the time scale '" + shown(text) +
                        "' is not 1, 10 or 100 of s, ms, us, ns, ps or fs");
        scale_ = unit->second * (number == "1" ? 1 : number == "10" ? 10 : 100);
        return true;
    }

    bool change(std::string_view token) {
        if (token[0] == '#') return time(token.substr(1));
        if (token[0] == 'r' || token[0] == 'R' || token[0] == 'b' || token[0] == 'B') {
            const auto code = next();
            const bool real = token[0] == 'r' || token[0] == 'R';
            return real ? real_value(token.substr(1), code) : binary_value(token.substr(1), code);
        }
        if (token[0] == '0' || token[0] == '1') return set(token.substr(1), token[0] - '0');
        if (std::string_view("xXzZ").find(token[0]) != std::string_view::npos)
            return set(token.substr(1), Wave::unknown);
        return fail("'" + shown(token) + "' is no time (#12), value (1!) or command ($end)");
    }

    bool time(std::string_view digits) {
        std::uint64_t time = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), time);
        const double ns = static_cast<double>(time) * scale_;
        constexpr auto longest = static_cast<double>(std::numeric_limits<std::int64_t>::max()) / 4;
        if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || ns > longest)
            return fail("'#" + shown(digits) + "' is no time");
        const auto now = std::chrono::nanoseconds(std::llround(ns));
        if (now < now_) return fail("the time goes back");
        now_ = now;
        return true;
    }

    bool real_value(std::string_view digits, std::string_view code) {
        double value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (read.ec != std::errc() || read.ptr != digits.data() + digits.size())
            return fail("'r" + shown(digits) + "' is no real number");
        return set(code, value);
    }

    bool binary_value(std::string_view digits, std::string_view code) {
        double value = 0;
        for (const char digit : digits)
            value = digit == '0' || digit == '1' ? value * 2 + (digit - '0') : Wave::unknown;
        return set(code, value);
    }

    bool set(std::string_view code, double value) {
        const auto signal = codes_.find(code);
        if (signal == codes_.end()) return fail("no signal has the code '" + shown(code) + "'");
        wave_.signals[signal->second].changes.push_back({now_, value});
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::string wrong_;
    Wave wave_;
    std::map<std::string, std::size_t, std::less<>> codes_;
    bool declared_ = false;  // the declarations have ended
    bool dumping_ = false;   // between $dumpvars and its $end
    double scale_ = 1;       // nanoseconds a tick
    std::chrono::nanoseconds now_{};
};

}  // namespace

base::Result<Wave> parse_vcd(std::string_view text) {
    if (text.size() > most_bytes)
        return base::Error{
            base::Errc::too_large,
            "a recording of more than " + std::to_string(most_bytes >> 20) + " MiB cannot be read"};
    const auto last = text.rfind('\n');
    const std::size_t whole = last == std::string_view::npos ? 0 : last + 1;
    auto wave = Reader(text.substr(0, whole)).read();
    if (wave && whole < text.size()) wave->incomplete = true;
    return wave;
}

base::Result<Wave> read_vcd(const std::string& path) {
    base::PosixFileLayer files;
    const auto text = files.read(path, most_bytes);
    if (!text) return text.error();
    auto wave = parse_vcd(*text);
    if (!wave) return with_context(wave.error(), path);
    return wave;
}

}  // namespace hal
