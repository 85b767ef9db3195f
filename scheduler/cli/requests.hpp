#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "scheduler/cli/commands.hpp"
#include "scheduler/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

// The requests of IoT Hub's service API (protocol sheet §2.3 to §2.7) that lockctl sends; pure. Authorization
// is added by whoever sends them.
namespace cli {

inline constexpr std::string_view api_version = "2021-04-12";

[[nodiscard]] http::Request get_device(std::string_view id);
[[nodiscard]] http::Request create_device(std::string_view id, bool disabled);
[[nodiscard]] http::Request delete_device(std::string_view id);
// `entries` is an array of at most a hundred, each with an id and an importMode (§2.4).
[[nodiscard]] http::Request change_devices(const base::Json& entries);

[[nodiscard]] http::Request get_twin(std::string_view id);
// `body` is {"tags":…} or {"properties":{"desired":…}}; whatever version the twin has.
[[nodiscard]] http::Request patch_twin(std::string_view id, const base::Json& body);

// `payload` is JSON and passes as it is.
[[nodiscard]] http::Request call_method(std::string_view device, std::string_view method,
                                        std::string_view payload, const CallTimes& times);

// `continuation` is what the page before ended with; empty for the first.
[[nodiscard]] http::Request query_page(std::string_view text, std::string_view continuation);

// How many devices a condition means: one row with the member "devices".
[[nodiscard]] std::string count_query(std::string_view condition);

// A text as a literal of the query language (§3), quotes included.
[[nodiscard]] std::string quote_literal(std::string_view text);
// "name":value, with the value's own bytes.
[[nodiscard]] std::string member(std::string_view name, std::string_view raw);

// The rows of a job, one a device (§2.7).
[[nodiscard]] std::string device_jobs_query(std::string_view job_id);

// `command` with its id filled in, and the commandId of a method that takes one; `start` is empty for at
// once.
[[nodiscard]] http::Request create_job(const JobCreate& command, std::optional<base::SystemTime> start);
// A job whose body is at hand.
[[nodiscard]] http::Request put_job(std::string_view id, std::string body);
[[nodiscard]] http::Request get_job(std::string_view id);
[[nodiscard]] http::Request cancel_job(std::string_view id, bool force);
[[nodiscard]] http::Request list_jobs(const JobList& filter, std::string_view continuation);

// What only lockhub has.
[[nodiscard]] http::Request get_capabilities();
// `last` is the number of the event seen last; empty: from now on.
[[nodiscard]] http::Request listen_to_events(const Events& command, const std::string& last);
[[nodiscard]] http::Request list_policies();
[[nodiscard]] http::Request put_policy(std::string_view name, std::string_view rights);

// The payload with "commandId" as its first member, all other bytes unchanged, if it is an object that has
// none; an empty payload becomes {"commandId":…}; any other passes as it is. By it a door recognises a call
// that is repeated, and does not move twice.
[[nodiscard]] std::string with_command_id(std::string_view payload, std::string_view command_id);

}  // namespace cli
