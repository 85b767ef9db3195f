#include "hal/mock/time_axis.hpp"
#include "hal/mock/wave.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace hal {

namespace {

using Kind = TimeAxis::Column::Kind;

// Lengths in the picture's own units, which a viewer shows as pixels.
constexpr double left = 150;
constexpr double column_width = 5;
constexpr std::size_t column_count = 170;
constexpr double width = left + column_width * column_count + 10;
constexpr double top = 44;  // title and axis
constexpr double row_height = 38;
constexpr double level_height = 22;
constexpr double character_width = 6.6;  // of 11 px monospace, about
constexpr std::size_t longest_name = 20;

constexpr std::string_view style =
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "text{font:11px ui-monospace,monospace;fill:#24292f}\n"
    ".wave{fill:none;stroke:#0969da;stroke-width:1.5}\n"
    ".faint{fill:#57606a}\n"
    ".axis{stroke:#d0d7de;fill:none}\n"
    ".cut{fill:#f6f8fa}\n"
    "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.wave{stroke:#58a6ff}.faint{fill:#8b949e}"
    ".axis{stroke:#30363d}.cut{fill:#161b22}}\n"
    "</style>\n";

std::string number(double value) {
    char text[32];
    (void)std::snprintf(text, sizeof text, "%.1f", value);  // far shorter than 32
    return text;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') {
            out += "&lt;";
        } else if (c == '&') {
            out += "&amp;";
        } else if (static_cast<unsigned char>(c) >= 0x20) {
            out += c;
        }
    }
    return out;
}

std::string text_at(double x, double y, std::string_view content, std::string_view attributes = {}) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + std::string(attributes) + ">" +
           escaped(content) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2) {
    return "<path class=\"axis\" d=\"M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " +
           number(y2) + "\"/>\n";
}

class Picture {
  public:
    explicit Picture(const Wave& wave) : wave_(wave), axis_(wave.moments(), column_count, true) {}

    std::string text() const {
        std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width) + " " +
                          number(bottom() + 8) + "\" width=\"" + number(width) + "\" role=\"img\">\n";
        out += "<title>Levels of " + std::to_string(wave_.signals.size()) + " lines over " +
               format_length(wave_.end) + "</title>\n";
        out += style;
        out += cuts() + ticks();
        for (std::size_t i = 0; i < wave_.signals.size(); ++i)
            out += row(wave_.signals[i], top + static_cast<double>(i) * row_height);
        return out + "</svg>\n";
    }

  private:
    [[nodiscard]] double bottom() const {
        return top + static_cast<double>(wave_.signals.size()) * row_height;
    }

    [[nodiscard]] double x_of(TimeAxis::Time time) const {
        const auto& columns = axis_.columns();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto& column = columns[i];
            if (column.kind != Kind::time || time >= column.end) continue;
            const double length = std::max(1.0, static_cast<double>((column.end - column.begin).count()));
            const double part =
                std::clamp(static_cast<double>((time - column.begin).count()) / length, 0.0, 1.0);
            return left + (static_cast<double>(i) + part) * column_width;
        }
        return left + static_cast<double>(columns.size()) * column_width;
    }

    // Where time is left out, and how much.
    [[nodiscard]] std::string cuts() const {
        std::string out;
        for (const auto& cut : axis_.cuts()) {
            const double x = left + static_cast<double>(cut.column) * column_width;
            const double length = static_cast<double>(cut.columns) * column_width;
            out += "<rect class=\"cut\" x=\"" + number(x) + "\" y=\"" + number(top - 6) + "\" width=\"" +
                   number(length) + "\" height=\"" + number(bottom() - top + 8) + "\"/>\n";
            out += text_at(x + length / 2, 16, format_length(cut.length),
                           " class=\"faint\" text-anchor=\"middle\"");
        }
        return out;
    }

    [[nodiscard]] std::string ticks() const {
        std::string out = text_at(8, 32, "time/s", " class=\"faint\"");
        double free_from = left;
        for (const auto& tick : axis_.ticks()) {
            const double x = left + static_cast<double>(tick.column) * column_width;
            if (x < free_from) continue;
            out += text_at(x + 2, 32, tick.label) + line(x, top - 8, x, bottom());
            free_from = x + character_width * static_cast<double>(tick.label.size() + 2);
        }
        return out;
    }

    [[nodiscard]] std::string row(const Wave::Signal& signal, double y) const {
        const double low = y + level_height + 4;
        const auto height_of = scale(signal);
        std::string name = signal.name.substr(0, longest_name);
        std::string path;
        for (const auto& change : signal.changes) {
            if (std::isnan(change.value)) {
                path += path.empty() ? "" : "H" + number(x_of(change.at));
                continue;
            }
            const double level = low - height_of(change.value);
            const std::string x = number(x_of(change.at));
            path += path.empty() ? "M" + x + " " + number(level) : "H" + x + "V" + number(level);
        }
        if (!path.empty()) path += "H" + number(x_of(wave_.end));
        return text_at(8, low - 4, name) + "<path class=\"wave\" d=\"" + path + "\"/>\n";
    }

    // How high a value stands above the row's foot.
    [[nodiscard]] static std::function<double(double)> scale(const Wave::Signal& signal) {
        double least = 0;
        double most = 1;
        for (const auto& change : signal.changes) {
            if (std::isnan(change.value)) continue;
            least = std::min(least, change.value);
            most = std::max(most, change.value);
        }
        return [least, most](double value) { return (value - least) / (most - least) * level_height; };
    }

    const Wave& wave_;
    TimeAxis axis_;
};

}  // namespace

std::string draw_wave_svg(const Wave& wave) {
    return Picture(wave).text();
}

}  // namespace hal
