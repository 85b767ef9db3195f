#include "firmware/failure_text.hpp"

namespace firmware {

std::string_view name_of(MqttFailure::Kind kind) {
    switch (kind) {
        case MqttFailure::Kind::network:
            return "network";
        case MqttFailure::Kind::certificate:
            return "certificate";
        case MqttFailure::Kind::credentials:
            return "unauthorized";
        case MqttFailure::Kind::own_files:
            return "configuration";
        case MqttFailure::Kind::protocol:
            return "protocol";
    }
    return "";
}

std::string_view cure_for(MqttFailure::Kind kind) {
    switch (kind) {
        case MqttFailure::Kind::network:
            return "check host and port, that the hub runs there, and that its certificate carries this host "
                   "name";
        case MqttFailure::Kind::certificate:
            return "check ca_file (the CA that signed the hub's certificate), the host name, the clock, and "
                   "with x509=true that the hub takes this door's certificate";
        case MqttFailure::Kind::credentials:
            return "check the connection string: the device must be registered and enabled at this hub with "
                   "this key or certificate, and the clock must be right";
        case MqttFailure::Kind::own_files:
            return "run doorlockd check-config: it names every file of the connection that cannot be used";
        case MqttFailure::Kind::protocol:
            return "check that port leads to the hub's MQTT over TLS";
    }
    return "";
}

}  // namespace firmware
