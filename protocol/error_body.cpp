#include "protocol/error_body.hpp"

#include "base/iso8601.hpp"
#include "base/json.hpp"
#include "protocol/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace protocol {
namespace {

struct Known {
    HubError error;
    std::string_view name;
};

constexpr std::array known{
    Known{HubError::invalid_protocol_version, "InvalidProtocolVersion"},
    Known{HubError::device_invalid_result_count, "DeviceInvalidResultCount"},
    Known{HubError::invalid_operation, "InvalidOperation"},
    Known{HubError::argument_invalid, "ArgumentInvalid"},
    Known{HubError::argument_null, "ArgumentNull"},
    Known{HubError::iot_hub_format_error, "IotHubFormatError"},
    Known{HubError::device_storage_entity_serialization_error, "DeviceStorageEntitySerializationError"},
    Known{HubError::blob_container_validation_error, "BlobContainerValidationError"},
    Known{HubError::import_warning_exists_error, "ImportWarningExistsError"},
    Known{HubError::invalid_schema_version, "InvalidSchemaVersion"},
    Known{HubError::device_defined_multiple_times, "DeviceDefinedMultipleTimes"},
    Known{HubError::deserialization_error, "DeserializationError"},
    Known{HubError::bulk_registry_operation_failure, "BulkRegistryOperationFailure"},
    Known{HubError::connection_forcefully_closed_on_new_connection,
          "ConnectionForcefullyClosedOnNewConnection"},
    Known{HubError::iot_hub_not_found, "IotHubNotFound"},
    Known{HubError::iot_hub_unauthorized_access, "IotHubUnauthorizedAccess"},
    Known{HubError::iot_hub_unauthorized, "IotHubUnauthorized"},
    Known{HubError::iot_hub_suspended, "IotHubSuspended"},
    Known{HubError::iot_hub_quota_exceeded, "IotHubQuotaExceeded"},
    Known{HubError::job_quota_exceeded, "JobQuotaExceeded"},
    Known{HubError::device_maximum_queue_depth_exceeded, "DeviceMaximumQueueDepthExceeded"},
    Known{HubError::iot_hub_max_cbs_token_exceeded, "IotHubMaxCbsTokenExceeded"},
    Known{HubError::device_maximum_active_file_upload_limit_exceeded,
          "DeviceMaximumActiveFileUploadLimitExceeded"},
    Known{HubError::device_disabled, "DeviceDisabled"},
    Known{HubError::device_maximum_inflight_method_exceeded, "DeviceMaximumInflightMethodExceeded"},
    Known{HubError::device_not_found, "DeviceNotFound"},
    Known{HubError::job_not_found, "JobNotFound"},
    Known{HubError::module_not_found, "ModuleNotFound"},
    Known{HubError::device_not_online, "DeviceNotOnline"},
    Known{HubError::device_connection_closed_remotely, "DeviceConnectionClosedRemotely"},
    Known{HubError::operation_not_allowed_in_current_state, "OperationNotAllowedInCurrentState"},
    Known{HubError::device_already_exists, "DeviceAlreadyExists"},
    Known{HubError::link_creation_conflict, "LinkCreationConflict"},
    Known{HubError::device_job_already_exists, "DeviceJobAlreadyExists"},
    Known{HubError::job_already_exists, "JobAlreadyExists"},
    Known{HubError::module_already_exists_on_device, "ModuleAlreadyExistsOnDevice"},
    Known{HubError::precondition_failed, "PreconditionFailed"},
    Known{HubError::device_message_lock_lost, "DeviceMessageLockLost"},
    Known{HubError::job_run_precondition_failed, "JobRunPreconditionFailed"},
    Known{HubError::message_too_large, "MessageTooLarge"},
    Known{HubError::too_many_devices, "TooManyDevices"},
    Known{HubError::too_many_modules_on_device, "TooManyModulesOnDevice"},
    Known{HubError::generic_too_many_requests, "GenericTooManyRequests"},
    Known{HubError::throttling_exception, "ThrottlingException"},
    Known{HubError::throttle_backlog_limit_exceeded, "ThrottleBacklogLimitExceeded"},
    Known{HubError::throttling_backlog_timeout, "ThrottlingBacklogTimeout"},
    Known{HubError::throttling_max_active_job_count_exceeded, "ThrottlingMaxActiveJobCountExceeded"},
    Known{HubError::device_throttling_limit_exceeded, "DeviceThrottlingLimitExceeded"},
    Known{HubError::server_error, "ServerError"},
    Known{HubError::job_cancelled, "JobCancelled"},
    Known{HubError::invalid_throttle_parameter, "InvalidThrottleParameter"},
    Known{HubError::service_unavailable, "ServiceUnavailable"},
    Known{HubError::partition_not_found, "PartitionNotFound"},
    Known{HubError::gateway_timeout, "GatewayTimeout"},
};

// {"errorCode":…,"trackingId":…,"message":…[,"info":…],"timestampUtc":…}
std::string numbered_body(HubError error, std::string_view text, std::string_view tracking,
                          base::SystemTime time, std::string_view info) {
    std::string body = "{\"errorCode\":" + std::to_string(static_cast<int>(error));
    body += ",\"trackingId\":" + base::quote_json(tracking);
    body += ",\"message\":" + base::quote_json(text);
    if (!info.empty()) body.append(",\"info\":").append(info);
    body += ",\"timestampUtc\":" + base::quote_json(base::format_iso8601(time)) + "}";
    return body;
}

std::string message_body(std::string_view message, std::string_view exception_message) {
    return "{\"Message\":" + base::quote_json(message) +
           ",\"ExceptionMessage\":" + base::quote_json(exception_message) + "}";
}

std::string_view text_of(base::JsonView object, std::string_view upper_name, std::string_view lower_name) {
    const auto upper = object.find(upper_name).as_string();
    return upper ? *upper : object.find(lower_name).as_string().value_or("");
}

HubErrorBody read_numbered(base::JsonView body, std::int64_t code) {
    HubErrorBody read;
    read.error = find_error(code);
    if (read.error) read.name = error_name(*read.error);
    read.message = text_of(body, "message", "Message");
    read.tracking = text_of(body, "trackingId", "TrackingId");
    return read;
}

// "ErrorCode:<name>;<text>"
HubErrorBody read_classic(std::string_view message, std::string_view exception_message) {
    HubErrorBody read;
    if (consume(message, "ErrorCode:")) {
        read.name = take_until(message, ';');
        read.error = find_error(read.name);
    }
    read.message = message;
    (void)consume(exception_message, "Tracking ID:");  // may be there or not
    read.tracking = exception_message;
    return read;
}

}  // namespace

std::string_view error_name(HubError error) {
    const auto* const found = std::find_if(known.begin(), known.end(),
                                           [error](const Known& entry) { return entry.error == error; });
    return found == known.end() ? std::string_view("ServerError") : found->name;
}

std::optional<HubError> find_error(std::string_view name) {
    const auto* const found =
        std::find_if(known.begin(), known.end(), [name](const Known& entry) { return entry.name == name; });
    if (found == known.end()) return std::nullopt;
    return found->error;
}

std::optional<HubError> find_error(std::int64_t code) {
    const auto* const found = std::find_if(known.begin(), known.end(), [code](const Known& entry) {
        return static_cast<int>(entry.error) == code;
    });
    if (found == known.end()) return std::nullopt;
    return found->error;
}

std::string tracking_id(std::string_view hex, base::SystemTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%02u/%02u/%04d %02d:%02d:%02d", unsigned(date.month()),
                        unsigned(date.day()), int(date.year()), static_cast<int>(clock.hours().count()),
                        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return std::string(hex) + "-G:1-TimeStamp:" + text.data();
}

std::string classic_error_body(std::string_view name, std::string_view text, std::string_view tracking) {
    return message_body("ErrorCode:" + std::string(name) + ";" + std::string(text),
                        "Tracking ID:" + std::string(tracking));
}

std::string classic_error_body(HubError error, std::string_view text, std::string_view tracking) {
    return classic_error_body(error_name(error), text, tracking);
}

std::string bare_error_body(HubError error, std::string_view text, std::string_view tracking,
                            base::SystemTime time) {
    return numbered_body(error, text, tracking, time, {});
}

std::string nested_error_body(HubError error, std::string_view text, std::string_view tracking,
                              base::SystemTime time, std::string_view info) {
    return message_body(numbered_body(error, text, tracking, time, info), "");
}

base::Result<HubErrorBody> parse_error_body(std::string_view body) {
    const auto json = base::Json::parse(body);
    if (!json) return json.error();
    if (!json->is_object()) return base::Error{base::Errc::invalid_argument, "expected a JSON object"};
    const base::JsonView root = *json;
    if (const auto code = root.find("errorCode").as_integer()) {
        return read_numbered(root, *code);
    }
    const std::string_view message = text_of(root, "Message", "message");
    if (message.empty()) return base::Error{base::Errc::invalid_argument, "expected a member \"Message\""};
    if (message.front() == '{') {
        // Shape 2: once, so a hostile body cannot make this recurse.
        const auto inner = base::Json::parse(message);
        const auto code = inner ? inner->find("errorCode").as_integer() : std::nullopt;
        if (code) return read_numbered(*inner, *code);
    }
    return read_classic(message, text_of(root, "ExceptionMessage", "exceptionMessage"));
}

}  // namespace protocol
