// From the bytes of a request to the level of a line, in one process: topic, payload, method, door, lock
// controller, bolt; no network, no disk, no kernel. Prints JSON: request_to_line [CALLS].
#include "base/clock.hpp"
#include "firmware/bolt.hpp"
#include "firmware/methods.hpp"
#include "protocol/topics.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using std::chrono::steady_clock;

// A disk that is done at once, as soon as the caller is back.
class QuickStore final : public firmware::StateStore {
  public:
    void save(std::string, Done done) override { waiting_.push_back(std::move(done)); }
    void mark_fire(const firmware::FireMark&, Done done) override { waiting_.push_back(std::move(done)); }
    void finish() {
        while (!waiting_.empty()) {
            const Done done = std::move(waiting_.front());
            waiting_.pop_front();
            done({});
        }
    }

  private:
    std::deque<Done> waiting_;
};

// Remembers when it was switched on.
class TimedLine final : public hal::OutputLine {
  public:
    explicit TimedLine(steady_clock::time_point& on) : on_(on) {}
    base::Result<void> set(bool active) override {
        active_ = active;
        if (active) on_ = steady_clock::now();
        return {};
    }
    [[nodiscard]] bool active() const override { return active_; }

  private:
    steady_clock::time_point& on_;
    bool active_ = false;
};

class TimedSource final : public hal::LineSource {
  public:
    base::Result<std::unique_ptr<hal::OutputLine>> request_output(const hal::LineConfig&, bool) override {
        return std::unique_ptr<hal::OutputLine>(std::make_unique<TimedLine>(on));
    }
    base::Result<std::unique_ptr<hal::InputLine>> request_input(const hal::LineConfig& line) override {
        return base::Error{base::Errc::not_found, line.line};
    }
    steady_clock::time_point on;
};

double at(const std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

std::vector<double> measure(int calls) {
    const base::RealClock clock;
    const base::Log log(base::Level::error);
    QuickStore store;
    firmware::StateKeeper keeper(store, clock, log, firmware::State{});
    firmware::LockSettings lock;
    lock.locked_switch = lock.unlocked_switch = true;
    lock.timings.min_on = lock.timings.dead_time = std::chrono::milliseconds(0);
    firmware::DoorLines wired;
    wired.lock = hal::LineConfig{.line = "GPIO17"};
    wired.unlock = hal::LineConfig{.line = "GPIO27"};
    TimedSource source;
    const auto bare = [](std::unique_ptr<hal::OutputLine> line, hal::OnTimeLimit) { return line; };
    const auto bolt = firmware::Bolt::open(source, bare, lock, wired);
    if (!bolt) std::abort();
    firmware::Door door(
        lock, firmware::Target::unlocked, firmware::DoorInputs{}, clock, keeper, log,
        {.drive = [&bolt](firmware::Drive drive) { return (*bolt)->set(drive); }, .changed = [] {}});
    firmware::Methods methods(door, firmware::HoldLimits{}, clock, log,
                              {.status = [](base::Json&) {}, .restart = [] {}});
    door.start();
    door.switches({false, true});
    store.finish();
    const std::pair<std::string, std::string> requests[] = {
        {"$iothub/methods/POST/lockDoor/?$rid=1", R"({"lockTime":"10m"})"},
        {"$iothub/methods/POST/unlockDoor/?$rid=2", R"({"unlockTime":"10m"})"}};
    std::vector<double> microseconds;
    for (int i = 0; i < calls; ++i) {
        const auto& [topic, payload] = requests[i % 2];
        int status = 0;
        const auto began = steady_clock::now();
        const auto request = protocol::parse_hub_publish(topic, "door-1");
        if (!request) std::abort();
        methods.call(std::get<protocol::MethodRequest>(*request).name, payload,
                     [&status](const firmware::Answer& answer) { status = answer.status; });
        microseconds.push_back(std::chrono::duration<double, std::micro>(source.on - began).count());
        door.switches({i % 2 == 0, i % 2 == 1});
        store.finish();
        door.tick();
        if (status != 200 || microseconds.back() < 0) std::abort();
    }
    std::sort(microseconds.begin(), microseconds.end());
    return microseconds;
}

}  // namespace

int main(int argc, char** argv) {
    const int calls = argc > 1 ? std::atoi(argv[1]) : 20000;
    if (calls < 1) return 2;
    (void)measure(1000);  // warm
    const auto sorted = measure(calls);
    std::printf("{\"p50_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f}\n", at(sorted, 0.5), at(sorted, 0.99),
                at(sorted, 0.999));
    return 0;
}
