#include "firmware/storage_thread.hpp"

namespace firmware {

StorageThread::StorageThread(hal::EventLoop& loop, StateFile& file, FireMarkFile& fire_file)
    : loop_(loop), file_(file), fire_file_(fire_file), thread_([this] { serve(); }) {}

StorageThread::~StorageThread() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    work_.notify_one();
    thread_.join();
}

void StorageThread::save(std::string text, Done done) {
    run([this, text = std::move(text)] { return file_.save(text); }, std::move(done));
}

void StorageThread::mark_fire(const FireMark& mark, Done done) {
    run([this, mark] { return fire_file_.save(mark); }, std::move(done));
}

void StorageThread::run(Work work, Done done) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.emplace_back(std::move(work), std::move(done));
    }
    work_.notify_one();
}

void StorageThread::serve() {
    std::unique_lock lock(mutex_);
    while (true) {
        work_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto [work, done] = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        base::Result<void> outcome = work();
        loop_.post([done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
        lock.lock();
    }
}

}  // namespace firmware
