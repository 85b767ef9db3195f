#pragma once

#include "scheduler/hub/cloud_to_device.hpp"
#include "scheduler/hub/router.hpp"

namespace hub {

// Messages to devices. IoT Hub takes them over AMQP alone (iothub-protocol.md §2.3), so there is a path of
// the hub's own: POST /lockhub/v1/devices/{id}/messages with the payload as body, `ttl` in seconds as
// parameter, and the properties under the names of IoT Hub's HTTPS headers: iothub-messageid,
// iothub-correlationid, iothub-userid, iothub-contenttype, iothub-contentencoding, iothub-ack, and
// iothub-app-NAME for one's own. DELETE /devices/{id}/commands empties a queue (§2.3).
void add_message_routes(Router& router, CloudToDevice& messages);

}  // namespace hub
