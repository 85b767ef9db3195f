#pragma once

#include "firmware/fire_mark_file.hpp"
#include "firmware/state_file.hpp"
#include "firmware/state_keeper.hpp"
#include "hal/event_loop.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace firmware {

// The one thread that touches the disk: an fsync on an SD card can take seconds, and the loop must not wait.
// Completions come back to the loop. The destructor finishes what was given to it.
class StorageThread final : public StateStore {
  public:
    StorageThread(hal::EventLoop& loop, StateFile& file, FireMarkFile& fire_file);
    StorageThread(const StorageThread&) = delete;
    StorageThread& operator=(const StorageThread&) = delete;
    ~StorageThread() override;

    void save(std::string text, Done done) override;
    void mark_fire(const FireMark& mark, Done done) override;
    // Does `work` on this thread, after everything that was given before; what came of it goes to `done`.
    using Work = std::function<base::Result<void>()>;
    void run(Work work, Done done);

  private:
    void serve();

    hal::EventLoop& loop_;
    StateFile& file_;
    FireMarkFile& fire_file_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::deque<std::pair<Work, Done>> jobs_;  // at most one from each who has something to keep
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace firmware
