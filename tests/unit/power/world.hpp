#pragma once

#include "base/clock.hpp"
#include "disk.hpp"
#include "scheduler/jobs/gateway.hpp"
#include "scheduler/jobs/targets.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace power {

// A hub's domain over a disk that may lose its power, devices that answer it, and a book of everything that
// was acknowledged: what after_commit() has reported, and what a device was asked to do. The devices live on
// when the hub dies.
class World : private jobs::DeviceGateway, private jobs::TargetSource {
  public:
    // The same seed tells the same story. `checkpoint_pages`: after so many pages in the WAL they go into the
    // database.
    World(Disk& disk, unsigned seed, int checkpoint_pages);
    ~World() override;
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // Opens the hub over what the disk holds; what was acknowledged must be there, what was not must be there
    // as a whole turn or not at all, and SQLite must find the file sound.
    void start();
    // The five devices of every story.
    void furnish();
    // Random work of so many steps, or until the power goes.
    void play(int steps);
    // The hub ends in order.
    void stop();
    // It does not; the machine is up again.
    void lose();
    // Everything is online and answers; every job must end with the rows that the devices can confirm.
    void finish();

    [[nodiscard]] std::size_t jobs_submitted() const { return jobs_.size(); }

  private:
    struct Hub;
    // What one place in the file holds: the value that was acknowledged, and those written after it.
    struct Place {
        std::string acknowledged;
        std::deque<std::string> written;
    };
    struct Asked {
        bool repeatable = false;
        bool retried = false;  // refusals are repeated
        bool twin = false;
        bool acknowledged = false;
    };
    // One row's calls, as the device has them in its own book.
    struct Calls {
        int received = 0;
        int acted = 0;
        std::set<std::string> answers;
    };
    struct UnderWay {
        std::string device;
        int status = 0;
        std::string payload;
        jobs::MethodDone done;
    };

    [[nodiscard]] bool is_online(const std::string& device_id) const override;
    void call_method(const std::string& device_id, const jobs::MethodAction& action,
                     jobs::MethodDone done) override;
    void patch_twin(const std::string& device_id, const jobs::TwinAction& action,
                    jobs::TwinDone done) override;
    base::Result<std::vector<std::string>> targets(std::string_view condition) override;

    std::size_t pick(std::size_t below) { return random_() % below; }
    std::string device() { return "t-" + std::to_string(pick(5)); }
    void step();
    void wrote(const std::string& place, std::string value);
    void change_identity();
    void patch();
    void report();
    void log_telemetry();
    void submit_job();
    void end_some_call();
    void turn();

    [[nodiscard]] std::string held(const std::string& place);
    void check_places();
    void check_sound();
    void check_job(const std::string& id, const Asked& asked);

    Disk& disk_;
    std::mt19937 random_;
    int checkpoint_pages_;
    hub::ScratchFile file_{"hub.db"};
    base::ManualClock clock_;
    std::unique_ptr<Hub> hub_;
    std::map<std::string, Place> places_;
    std::map<std::string, Asked> jobs_;
    std::map<std::pair<std::string, std::string>, Calls> calls_;  // by job and device
    std::vector<UnderWay> under_way_;
    std::set<std::string> online_;
    std::int64_t count_ = 0;
};

}  // namespace power
