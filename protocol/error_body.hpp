#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace protocol {

// Errors as IoT Hub words them, sheet §2.2. A code's first three digits are the HTTP status.
enum class HubError : int {
    invalid_protocol_version = 400001,
    device_invalid_result_count = 400002,
    invalid_operation = 400003,
    argument_invalid = 400004,
    argument_null = 400005,
    iot_hub_format_error = 400006,
    device_storage_entity_serialization_error = 400007,
    blob_container_validation_error = 400008,
    import_warning_exists_error = 400009,
    invalid_schema_version = 400010,
    device_defined_multiple_times = 400011,
    deserialization_error = 400012,
    bulk_registry_operation_failure = 400013,
    connection_forcefully_closed_on_new_connection = 400027,
    iot_hub_not_found = 401001,
    iot_hub_unauthorized_access = 401002,
    iot_hub_unauthorized = 401003,
    iot_hub_suspended = 403001,
    iot_hub_quota_exceeded = 403002,
    job_quota_exceeded = 403003,
    device_maximum_queue_depth_exceeded = 403004,
    iot_hub_max_cbs_token_exceeded = 403005,
    device_maximum_active_file_upload_limit_exceeded = 403006,
    device_disabled = 403012,
    device_maximum_inflight_method_exceeded = 403800,
    device_not_found = 404001,
    job_not_found = 404002,
    module_not_found = 404010,
    device_not_online = 404103,
    device_connection_closed_remotely = 404104,
    operation_not_allowed_in_current_state = 405102,
    device_already_exists = 409001,
    link_creation_conflict = 409002,
    device_job_already_exists = 409103,
    job_already_exists = 409104,
    module_already_exists_on_device = 409301,
    precondition_failed = 412001,
    device_message_lock_lost = 412002,
    job_run_precondition_failed = 412003,
    message_too_large = 413001,
    too_many_devices = 413002,
    too_many_modules_on_device = 413003,
    generic_too_many_requests = 429000,
    throttling_exception = 429001,
    throttle_backlog_limit_exceeded = 429002,
    throttling_backlog_timeout = 429003,
    throttling_max_active_job_count_exceeded = 429004,
    device_throttling_limit_exceeded = 429005,
    server_error = 500001,
    job_cancelled = 500002,
    invalid_throttle_parameter = 500009,
    service_unavailable = 503001,
    partition_not_found = 503003,
    gateway_timeout = 504101,
};

[[nodiscard]] constexpr int http_status(HubError error) {
    return static_cast<int>(error) / 1000;
}
[[nodiscard]] std::string_view error_name(HubError error);  // "DeviceNotFound"
[[nodiscard]] std::optional<HubError> find_error(std::string_view name);
[[nodiscard]] std::optional<HubError> find_error(std::int64_t code);

// "<32hex>-G:1-TimeStamp:07/16/2016 00:12:41"; `hex` is 32 random hexadecimal digits of the caller.
[[nodiscard]] std::string tracking_id(std::string_view hex, base::SystemTime time);

// Shape 1, from which the SDKs make typed errors: {"Message":"ErrorCode:<name>;<text>","ExceptionMessage":
// "Tracking ID:<tracking>"}. `name` is free for the few errors that have no number ("GenericBadRequest").
[[nodiscard]] std::string classic_error_body(std::string_view name, std::string_view text,
                                             std::string_view tracking);
[[nodiscard]] std::string classic_error_body(HubError error, std::string_view text,
                                             std::string_view tracking);

// Shape 3: {"errorCode":n,"trackingId":"…","message":"…","timestampUtc":"…"}; twin replies over MQTT too
// (§1.7).
[[nodiscard]] std::string bare_error_body(HubError error, std::string_view text, std::string_view tracking,
                                          base::SystemTime time);

// Shape 2, of direct methods: shape 3 with "info" (JSON text, an object), as text inside "Message".
[[nodiscard]] std::string nested_error_body(HubError error, std::string_view text, std::string_view tracking,
                                            base::SystemTime time, std::string_view info = "{}");

// What a client reads from an error body of any of the three shapes, or of one wrapped in another.
struct HubErrorBody {
    std::optional<HubError> error;  // when the name or the number is a known one
    std::string name;               // "DeviceNotFound"; empty if the body has none
    std::string message;            // for people, without the "ErrorCode:…;" before it
    std::string tracking;
};
// A body that is no such JSON is invalid_argument.
[[nodiscard]] base::Result<HubErrorBody> parse_error_body(std::string_view body);

}  // namespace protocol
