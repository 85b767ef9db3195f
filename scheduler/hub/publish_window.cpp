#include "scheduler/hub/publish_window.hpp"

#include "protocol/mqtt_codec.hpp"

#include <algorithm>
#include <utility>

namespace hub {

void PublishWindow::send(std::string& out, Item item) {
    if (in_flight_.size() < most_) {
        put(out, std::move(item));
        return;
    }
    held_back_ += item.topic.size() + item.payload.size();
    waiting_.push_back(std::move(item));
}

std::optional<std::int64_t> PublishWindow::acknowledged(std::string& out, std::uint16_t packet_id) {
    const auto found = find(packet_id);
    if (found == in_flight_.end()) {
        return std::nullopt;
    }
    const std::int64_t message = found->message;
    in_flight_.erase(found);
    if (!waiting_.empty()) {
        Item next = std::move(waiting_.front());
        waiting_.pop_front();
        held_back_ -= next.topic.size() + next.payload.size();
        put(out, std::move(next));
    }
    return message;
}

void PublishWindow::clear() {
    in_flight_.clear();
    waiting_.clear();
    held_back_ = 0;
}

void PublishWindow::put(std::string& out, Item item) {
    do {
        ++last_packet_id_;
    } while (last_packet_id_ == 0 || find(last_packet_id_) != in_flight_.end());
    in_flight_.push_back({last_packet_id_, item.message});
    if (item.again) {
        protocol::encode_to(out, protocol::Publish{.topic = std::move(item.topic),
                                                   .payload = std::move(item.payload),
                                                   .qos = 1,
                                                   .dup = true,
                                                   .packet_id = last_packet_id_});
    } else {
        protocol::encode_publish_to(out, item.topic, item.payload, 1, last_packet_id_);
    }
}

std::vector<PublishWindow::InFlight>::iterator PublishWindow::find(std::uint16_t packet_id) {
    return std::find_if(in_flight_.begin(), in_flight_.end(),
                        [&](const InFlight& sent) { return sent.packet_id == packet_id; });
}

}  // namespace hub
