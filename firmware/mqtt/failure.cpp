#include "firmware/mqtt/failure.hpp"

#include <algorithm>

namespace firmware {

namespace {

using Kind = MqttFailure::Kind;

MqttFailure explain_connack(int code) {
    switch (code) {
        case 1:
            return {Kind::protocol, "the server refuses MQTT 3.1.1"};
        case 2:
            return {Kind::credentials, "the server refuses the device id"};
        case 3:
            return {Kind::network, "the server is unavailable"};
        case 4:
            return {Kind::credentials, "the server refuses user name or password"};
        case 5:
            return {Kind::credentials, "the server does not authorise this device"};
        default:
            return {Kind::protocol, "the server answered with code " + std::to_string(code)};
    }
}

// The reason in the first line that OpenSSL has printed:
// "THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA".
std::string openssl_reason(std::string_view errors) {
    constexpr std::string_view mark = "error:";
    constexpr int before = 3;  // of the reason
    std::string_view rest = errors.substr(0, errors.find('\n'));
    if (const std::size_t at = rest.find(mark); at != std::string_view::npos) {
        rest.remove_prefix(at + mark.size());
        for (int i = 0; i < before && rest.find(':') != std::string_view::npos; ++i)
            rest.remove_prefix(rest.find(':') + 1);
        rest = rest.substr(0, rest.find(':'));
    }
    std::string reason(rest);
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return reason;
}

}  // namespace

MqttFailure explain_failure(int code, std::string_view text, std::string_view tls_errors) {
    if (code > 0) return explain_connack(code);
    if (tls_errors.find("certificate verify failed") != std::string_view::npos) {
        return {Kind::certificate, "the server's certificate cannot be verified"};
    }
    if (!tls_errors.empty()) return {Kind::certificate, "TLS: " + openssl_reason(tls_errors)};
    // Paho tells a refused connection and a certificate for another host name in the same words.
    return {Kind::network, text.empty() ? "the host cannot be found or reached" : std::string(text)};
}

}  // namespace firmware
