#include "hal/gpiod/source.hpp"

#include "hal/gpiod/backend.hpp"
#include "hal/gpiod/chips.hpp"
#include "hal/gpiod/held_lines.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace hal {

namespace {

// /dev/gpiochip0, 1, … 10 in the order of their numbers; links (old names of the Pi 5's chips) are left out.
std::vector<std::string> chip_paths() {
    std::vector<std::string> paths;
    std::error_code ignored;  // no /dev: no chips
    for (const auto& entry : std::filesystem::directory_iterator("/dev", ignored)) {
        if (entry.path().filename().string().rfind("gpiochip", 0) == 0 && !entry.is_symlink(ignored))
            paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    return paths;
}

base::Result<std::vector<ChipDescription>> read_chips() {
    std::vector<ChipDescription> chips;
    for (const auto& path : chip_paths())
        chips.push_back(read_chip(path));
    if (chips.empty())
        return base::Error{
            base::Errc::not_found,
            "this machine has no GPIO chip (/dev/gpiochip*); `doorlockd --simulate` needs none"};
    if (std::all_of(chips.begin(), chips.end(), [](const auto& chip) { return chip.error != 0; }))
        return chip_error(chips.front());
    return chips;
}

// Raspberry Pi OS leaves an output as it was when its process died, unless told otherwise.
void warn_of_persistent_outputs(const base::Log& log) {
    for (const char* driver : {"pinctrl_bcm2835", "pinctrl_rp1"}) {
        std::ifstream file(std::string("/sys/module/") + driver + "/parameters/persist_gpio_outputs");
        if (file.get() == 'Y')
            log.warning("gpio_outputs_persist", {{"driver", driver},
                                                 {"hint",
                                                  "a killed process leaves its outputs driven; set "
                                                  "dtparam=strict_gpiod in config.txt"}});
    }
}

class EdgeInput final : public InputLine {
  public:
    EdgeInput(EventLoop& loop, const base::Log& log, std::unique_ptr<KernelInput> line, std::string name)
        : loop_(loop), log_(log), line_(std::move(line)), name_(std::move(name)) {}

    base::Result<bool> read() override { return line_->value(); }

    void on_edge(Handler handler) override {
        readable_.reset();
        handler_ = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
        if (!handler_) return;
        // What came before is in the value that is read now. A line that cannot be read fails again, and is
        // reported, at its first edge.
        (void)line_->take_edges();
        last_ = line_->value().value_or(false);
        readable_ = loop_.on_readable(line_->fd(), [this] { take(); });
    }

  private:
    void take() {
        const auto edges = line_->take_edges();
        const auto value = edges ? line_->value() : base::Result<bool>(edges.error());
        if (!value) {
            log_.error("gpio_input_failed", {{"line", name_}, {"error", value.error().message}});
            readable_.reset();  // a broken descriptor stays readable for ever
            return;
        }
        const auto handler = handler_;
        const auto settled = settle_edges(last_, *edges, *value, std::chrono::steady_clock::now());
        last_ = *value;
        for (const auto& edge : settled) {
            (*handler)(edge);
            // The handler may have replaced itself or ended this line: then nothing of *this may be touched.
            if (handler.use_count() == 1) return;
        }
    }

    EventLoop& loop_;
    const base::Log& log_;
    std::unique_ptr<KernelInput> line_;
    std::string name_;
    std::shared_ptr<const Handler> handler_;
    bool last_ = false;
    EventLoop::Registration readable_;
};

class GpiodSource final : public LineSource {
  public:
    GpiodSource(EventLoop& loop, const base::Log& log) : loop_(loop), log_(log) {}

    base::Result<std::unique_ptr<OutputLine>> request_output(const LineConfig& config,
                                                             bool initially_active) override {
        const auto place = find(config.line);
        if (!place) return place.error();
        auto line = request_kernel_output(place->path, place->line, config, initially_active);
        if (!line) return held_.explain(line.error(), place->line, config);
        held_.add(place->line, config);
        return line;
    }

    base::Result<std::unique_ptr<InputLine>> request_input(const LineConfig& config) override {
        const auto place = find(config.line);
        if (!place) return place.error();
        auto line = request_kernel_input(place->path, place->line, config);
        if (!line) return held_.explain(line.error(), place->line, config);
        held_.add(place->line, config);
        return std::unique_ptr<InputLine>(
            std::make_unique<EdgeInput>(loop_, log_, std::move(*line), config.line));
    }

  private:
    struct Place {
        std::string path;
        LineDescription line;
    };

    // Reads the chips anew: who holds a line may have changed, and a chip may have come late.
    static base::Result<Place> find(const std::string& line) {
        const auto chips = read_chips();
        if (!chips) return chips.error();
        const auto place = find_line(*chips, line);
        if (!place) return place.error();
        const auto& chip = (*chips)[place->chip];
        return Place{chip.path, chip.lines[place->offset]};
    }

    EventLoop& loop_;
    const base::Log& log_;
    HeldLines held_;
};

}  // namespace

base::Result<std::unique_ptr<LineSource>> open_gpio(EventLoop& loop, const base::Log& log) {
    if (const auto chips = read_chips(); !chips) return chips.error();
    warn_of_persistent_outputs(log);
    return std::unique_ptr<LineSource>(std::make_unique<GpiodSource>(loop, log));
}

base::Result<std::vector<LineDescription>> list_lines() {
    auto chips = read_chips();
    if (!chips) return chips.error();
    std::vector<LineDescription> lines;
    for (auto& chip : *chips)
        lines.insert(lines.end(), chip.lines.begin(), chip.lines.end());
    return lines;
}

}  // namespace hal
