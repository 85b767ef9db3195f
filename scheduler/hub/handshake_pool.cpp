#include "scheduler/hub/handshake_pool.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace hub {

HandshakePool::HandshakePool(boost::asio::io_context& loop, std::size_t threads)
    : loop_(loop), threads_(threads) {}

HandshakePool::~HandshakePool() {
    stop();
}

void HandshakePool::run(std::function<void()> work, std::function<void()> done) {
    boost::asio::post(threads_, [this, work = std::move(work), done = std::move(done)]() mutable {
        work();
        boost::asio::post(loop_, std::move(done));
    });
}

void HandshakePool::stop() {
    threads_.stop();
    threads_.join();
}

std::size_t HandshakePool::usual_threads() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, 4);
}

}  // namespace hub
