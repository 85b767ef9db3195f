#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>

namespace hub {

// One turn of the loop: everything that was ready at the same time, and then one end for all of it. The end
// commits what the turn wrote to the database, and lets the answers out after that, so that ten thousand
// outcomes cost a handful of fsyncs and none is acknowledged before it is durable.
class Turn {
  public:
    // `end` is called on the loop, once for each turn in which touched() was called; it answers whether it
    // has set off work for another end.
    Turn(boost::asio::io_context& loop, std::function<bool()> end);

    // Something happened that may have written to the database or left an answer to be sent. Handlers that
    // are ready already run before the end, and share it.
    void touched();

  private:
    boost::asio::io_context& loop_;
    std::function<bool()> end_;
    bool ending_ = false;
};

}  // namespace hub
