#pragma once

#include <cstddef>

namespace firmware {

// Paho takes a packet of any size that the wire can name, 256 MiB, and keeps the memory for as long as the
// connection lasts; it offers no limit (MQTT 3.1.1 has none either), and it does not survive a malloc() that
// fails. It reads with SSL_read(), which this file puts in front of OpenSSL's: a read of more than
// longest_packet is answered with the end of the connection, before a byte of it has come.
// docs/decisions/0010 says why this way.
inline constexpr std::size_t longest_packet = std::size_t{4} * 1024 * 1024;

// The size of the read that was refused since this was asked last; 0: there was none. From any thread.
[[nodiscard]] std::size_t take_refused_read();

}  // namespace firmware
