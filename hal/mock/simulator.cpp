#include "hal/mock/simulator.hpp"

#include "base/file_layer.hpp"

#include <cstdio>
#include <utility>

namespace hal {

namespace {

constexpr std::size_t longest_state = 65536;

// Whole, or not at all, for a reader after a kill. Not synced: a simulated bolt need not outlive a power cut.
base::Result<void> write_state(const std::string& path, const std::string& text) {
    base::PosixFileLayer files;
    const std::string next = path + ".new";
    const auto file = files.create(next, 0600);
    if (!file) return file.error();
    if (auto written = (*file)->write(text); !written) return written;
    return files.rename(next, path);
}

}  // namespace

base::Result<std::unique_ptr<Simulator>> Simulator::start(EventLoop& loop, Wiring& wiring,
                                                          const base::Clock& clock, const base::Log& log,
                                                          const Options& options) {
    std::unique_ptr<Simulator> simulator(new Simulator(loop, wiring, log, options));
    if (auto begun = simulator->begin(clock); !begun) return begun.error();
    return simulator;
}

Simulator::Simulator(EventLoop& loop, Wiring& wiring, const base::Log& log, Options options)
    : loop_(loop), wiring_(wiring), log_(log), options_(std::move(options)) {}

base::Result<void> Simulator::begin(const base::Clock& clock) {
    load();
    if (!options_.vcd_file.empty()) {
        auto vcd = VcdWriter::create(options_.vcd_file, wiring_.signals(), clock);
        if (!vcd) return vcd.error();
        vcd_ = std::move(*vcd);
        bool told = false;
        const auto tell = [&log = log_, file = options_.vcd_file](const VcdWriter& writer, bool& once) {
            if (writer.health() || std::exchange(once, true)) return;
            log.warning("recording_ended", {{"file", file}, {"error", writer.health().error().message}});
        };
        tell(*vcd_, told);
        wiring_.observe(
            [weak = std::weak_ptr(vcd_), tell, told](const Wiring::Transition& transition) mutable {
                const auto writer = weak.lock();
                if (!writer) return;
                writer->write(transition);
                tell(*writer, told);
            });
    }
    if (!options_.control_socket.empty()) {
        auto control =
            ControlSocket::listen(loop_, options_.control_socket, [this](std::string_view command) {
                auto answer = wiring_.command(command);
                log_.info("simulated_command",
                          {{"command", command}, {"answer", answer ? *answer : answer.error().message}});
                return answer;
            });
        if (!control) return control.error();
        control_ = std::move(*control);
    }
    // From any thread, for the cut-off sets lines too; only the posted work may touch *this.
    wiring_.on_attention([&to = loop_, this, weak = std::weak_ptr(alive_)] {
        to.post([this, weak] {
            if (!weak.expired()) tick();
        });
    });
    tick();
    return {};
}

Simulator::~Simulator() {
    wiring_.on_attention({});
}

void Simulator::tick() {
    wiring_.tick();
    save();
    timer_.reset();
    if (const auto due = wiring_.next_due()) timer_ = loop_.call_at(*due, [this] { tick(); });
}

void Simulator::load() {
    if (options_.state_file.empty()) return;
    base::PosixFileLayer files;
    const auto text = files.read(options_.state_file, longest_state);
    if (!text && text.error().code == base::Errc::not_found) return;
    auto restored = text ? wiring_.restore(*text) : base::Result<void>(text.error());
    if (!restored)
        log_.warning("simulated_state_ignored",
                     {{"file", options_.state_file}, {"error", restored.error().message}});
}

void Simulator::save() {
    if (options_.state_file.empty()) return;
    auto state = wiring_.snapshot();
    if (state == saved_) return;
    const auto written = write_state(options_.state_file, state);
    if (!written && !std::exchange(save_failed_, true))
        log_.warning("simulated_state_not_saved",
                     {{"file", options_.state_file}, {"error", written.error().message}});
    if (written) saved_ = std::move(state);
}

}  // namespace hal
