#include "fuzz.hpp"
#include "protocol/mqtt_codec.hpp"

#include <algorithm>
#include <string>
#include <vector>

// Bytes from a stranger, in pieces and at once: the same packets come out, and each survives a round trip.

namespace {

struct Outcome {
    std::vector<protocol::Packet> packets;
    std::string error;
};

void drain(protocol::Decoder& decoder, Outcome& outcome) {
    while (outcome.error.empty()) {
        auto packet = decoder.next();
        if (!packet) {
            outcome.error = packet.error().message;
        } else if (*packet) {
            outcome.packets.push_back(**std::move(packet));
        } else {
            return;
        }
    }
}

Outcome decode(std::string_view bytes, std::size_t piece) {
    protocol::Decoder decoder(4096);
    Outcome outcome;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
        decoder.feed(bytes.substr(0, piece));
        drain(decoder, outcome);
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = text_of(data, size);
    const Outcome whole = decode(bytes, std::max<std::size_t>(1, size));
    const Outcome pieces = decode(bytes, 1 + size % 7);
    must(whole.packets == pieces.packets && whole.error == pieces.error);
    for (const protocol::Packet& packet : whole.packets) {
        const std::string encoded = protocol::encode(packet);
        const Outcome again = decode(encoded, encoded.size());
        must(again.error.empty() && again.packets.size() == 1 && again.packets.front() == packet);
    }
    return 0;
}
