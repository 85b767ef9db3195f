#include "scheduler/hub/turn.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hub {

Turn::Turn(boost::asio::io_context& loop, std::function<bool()> end) : loop_(loop), end_(std::move(end)) {}

void Turn::touched() {
    if (ending_) {
        return;
    }
    ending_ = true;
    boost::asio::post(loop_, [this] {
        const bool more = end_();
        ending_ = false;
        if (more) {
            touched();
        }
    });
}

}  // namespace hub
