#include "fuzz.hpp"
#include "protocol/connection_string.hpp"

#include <string>

// What is read can be written and read again.

namespace {

void check_device(std::string_view text) {
    const auto connection = protocol::parse_device_connection_string(text);
    if (!connection) return;
    const std::string written = protocol::to_text(*connection);
    const auto again = protocol::parse_device_connection_string(written);
    must(again.has_value() ? *again == *connection : written.size() > 4096);
}

void check_service(std::string_view text) {
    const auto connection = protocol::parse_service_connection_string(text);
    if (!connection) return;
    const std::string written = protocol::to_text(*connection);
    const auto again = protocol::parse_service_connection_string(written);
    must(again.has_value() ? *again == *connection : written.size() > 4096);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_device(text_of(data, size));
    check_service(text_of(data, size));
    return 0;
}
