#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <functional>

namespace hub {

// A few threads for the arithmetic of TLS handshakes, so that a thousand devices that come back at once do
// not keep the loop from those who are here. Whoever hands work in bounds how much of it waits.
class HandshakePool {
  public:
    HandshakePool(boost::asio::io_context& loop, std::size_t threads);
    // As stop().
    ~HandshakePool();
    HandshakePool(const HandshakePool&) = delete;
    HandshakePool& operator=(const HandshakePool&) = delete;

    // `work` on a thread of the pool, then `done` on the loop. What `work` touches nobody else does until
    // then.
    void run(std::function<void()> work, std::function<void()> done);

    // Waits for what is being worked on; what waits is forgotten. No `work` runs after that.
    void stop();

    // Half of the machine, at least one thread and at most four: the loop has the rest.
    [[nodiscard]] static std::size_t usual_threads();

  private:
    boost::asio::io_context& loop_;
    boost::asio::thread_pool threads_;
};

}  // namespace hub
