#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/ring.hpp"
#include "hal/gpio.hpp"
#include "hal/mock/part.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hal {

class MockInput;
class MockOutput;

// Simulated wires and the parts at their ends, in place of a Raspberry Pi and a door. Each line of the door
// is a wire (a net) with a level; parts close contacts on it or are coils under it. MockSource gives the
// lines to the program; the parts stand in motor_bolt.hpp, strike.hpp, magnetic_lock.hpp,
// latching_solenoid.hpp, door.hpp and button.hpp.
//
// Time comes from the clock and moves when somebody looks: every call brings all parts up to the clock first,
// through each of their events in order. Edges wait until tick(), which calls the handlers, so that a handler
// never runs inside somebody's set(). A test advances its ManualClock to next_due() and calls tick(); a
// program has a Simulator do that.
//
// Lines may be set from any thread (the cut-off does); tick() belongs to the thread of the handlers.
class Wiring {
  public:
    using Net = std::size_t;
    using Signal = std::size_t;

    enum class Fault {
        none,
        broken,  // the wire is cut between the pin and the part
        stuck,   // the contact is welded as it is, or the driver no longer switches
    };
    // A contact that does not close cleanly: so many extra pairs of edges, so far apart.
    struct Bounce {
        unsigned pairs = 0;
        std::chrono::nanoseconds spacing{std::chrono::milliseconds(1)};
    };
    // What the kernel does with an output that its process has released.
    enum class AfterRelease {
        keeps_driving,  // Raspberry Pi OS
        floats,         // mainline
    };

    // A recorded signal: the level of a wire (bit), or a quantity (position, 0 to 1).
    enum class Kind { bit, real };
    struct SignalInfo {
        std::string name;
        Kind kind = Kind::bit;
        bool active_low = false;
        double value = 0;
    };
    struct Transition {
        base::SteadyTime at;
        Signal signal = 0;
        double value = 0;
    };
    struct Mishap {  // what a real installation would not forgive, such as both directions at once
        base::SteadyTime at;
        std::string text;
    };

    explicit Wiring(const base::Clock& clock);
    Wiring(const Wiring&) = delete;
    Wiring& operator=(const Wiring&) = delete;
    ~Wiring();

    // Adds a part: wiring.add<MotorBolt>("bolt", {…}). Names are unique.
    template <typename P>
    P& add(std::string name, typename P::Config config) {
        auto part = std::make_unique<P>(*this, std::move(name), std::move(config));
        P& reference = *part;
        adopt(std::move(part));
        return reference;
    }
    // A line that exists and has nothing at its end.
    void add_line(const std::string& line);

    // Brings everything up to the clock and calls the handlers of the edges that are due. Handlers may set
    // lines, request them and release them.
    void tick();
    // When something will change by itself. Edges that wait for a tick are due at once.
    [[nodiscard]] std::optional<base::SteadyTime> next_due();

    // ---- faults; a line may be called by its name or by its label ----
    [[nodiscard]] base::Result<void> set_fault(std::string_view line, Fault fault);
    [[nodiscard]] base::Result<void> set_bounce(std::string_view line, Bounce bounce);
    // From now on every request, set and read of the line fails so; without an error it works again.
    [[nodiscard]] base::Result<void> set_failure(std::string_view line, std::optional<base::Error> error);
    void set_after_release(AfterRelease what);

    // ---- looking at it ----
    // The level at the pin; false for low and for a line that does not exist.
    [[nodiscard]] bool level(std::string_view line);
    [[nodiscard]] std::vector<std::string> lines();
    [[nodiscard]] std::vector<SignalInfo> signals();
    // Called for every transition of every signal, in order, on the thread that caused it, which must not
    // call back.
    void observe(std::function<void(const Transition&)> observer);
    // The latest mishaps, oldest first; at most 256 are kept.
    [[nodiscard]] std::vector<Mishap> mishaps();
    [[nodiscard]] std::size_t mishap_count();

    // Called, without any lock held, when next_due() may have come closer. One; set before anything moves.
    void on_attention(std::function<void()> attention);

    // ---- from outside: a command line, and what survives a restart ----
    // "press exit", "door open", "bolt jam", "wire break GPIO24", "state", "help": returns what to say after
    // "ok", on one line. The error says what would be right.
    [[nodiscard]] base::Result<std::string> command(std::string_view line);
    // One line for each part that keeps something without power; restore() takes it again.
    [[nodiscard]] std::string snapshot();
    [[nodiscard]] base::Result<void> restore(std::string_view snapshot);

    // ---- for parts ----
    // In the constructor of a part (a line has one coil or one contact at its end, not both):
    [[nodiscard]] Net connect(const Coil& coil);
    [[nodiscard]] Net connect(const Contact& contact);
    [[nodiscard]] Signal add_signal(std::string name, Kind kind, double value);
    // In public functions of a part: brings everything up to the clock, runs `work`, and lets every part look
    // at the levels again.
    void change(const std::function<void()>& work);
    // In advance() and inside change():
    [[nodiscard]] base::SteadyTime now() const { return now_; }
    [[nodiscard]] bool energised(Net coil) const;
    void set_contact(Net contact, bool active);
    void record(Signal signal, double value);
    void add_mishap(std::string text);
    [[nodiscard]] bool door_is_held() const;
    [[nodiscard]] bool door_is_blocked() const;

  private:
    friend class MockOutput;
    friend class MockInput;
    friend class MockSource;
    struct Wire;
    struct PendingEdge {
        std::weak_ptr<const InputLine::Handler> handler;  // expired once it has been replaced
        Edge edge;
    };

    void adopt(std::unique_ptr<Part> part);
    Net wire(const std::string& line);
    [[nodiscard]] base::Result<Net> existing(std::string_view line) const;
    base::Result<Wire*> claim(const LineConfig& config);
    base::Result<void> fault_wire(std::string_view line, Fault fault);
    base::Result<void> bounce_wire(std::string_view line, Bounce bounce);
    void name_signal(Wire& wire, const std::string& label, bool active_low);
    void catch_up();
    void live_until(base::SteadyTime to);
    void bounce(Wire& wire);
    void refresh(Wire& wire);
    [[nodiscard]] std::optional<base::SteadyTime> earliest() const;
    base::Result<std::string> obey(std::string_view line);
    base::Result<std::string> obey_wire(const std::vector<std::string_view>& words);
    [[nodiscard]] std::string help() const;
    [[nodiscard]] std::string state() const;

    const base::Clock& clock_;
    std::mutex mutex_;
    base::SteadyTime now_;
    std::vector<std::unique_ptr<Wire>> wires_;
    std::map<std::string, Net, std::less<>> names_;
    std::vector<SignalInfo> signals_;
    std::vector<std::unique_ptr<Part>> parts_;
    std::vector<std::function<void(const Transition&)>> observers_;
    std::size_t changes_ = 0;  // of any level, so far
    base::Ring<PendingEdge> pending_;
    base::Ring<Mishap> mishaps_;
    AfterRelease after_release_ = AfterRelease::keeps_driving;
    std::function<void()> attention_;
};

// The lines of a wiring, as a LineSource. The wiring outlives it and its lines.
class MockSource final : public LineSource {
  public:
    explicit MockSource(Wiring& wiring) : wiring_(wiring) {}

    base::Result<std::unique_ptr<OutputLine>> request_output(const LineConfig& config,
                                                             bool initially_active) override;
    base::Result<std::unique_ptr<InputLine>> request_input(const LineConfig& config) override;

  private:
    Wiring& wiring_;
};

}  // namespace hal
