#include "firmware/storage_thread.hpp"

namespace firmware {

StorageThread::StorageThread(hal::EventLoop& loop, StateFile& file)
    : loop_(loop), file_(file), thread_([this] { run(); }) {}

StorageThread::~StorageThread() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    work_.notify_one();
    thread_.join();
}

void StorageThread::save(std::string text, Done done) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.emplace_back(std::move(text), std::move(done));
    }
    work_.notify_one();
}

void StorageThread::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        work_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto [text, done] = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        base::Result<void> saved = file_.save(text);
        loop_.post([done = std::move(done), saved = std::move(saved)] { done(saved); });
        lock.lock();
    }
}

}  // namespace firmware
