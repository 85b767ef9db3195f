#include "scheduler/cli/simulated_devices.hpp"

#include "protocol/base64.hpp"
#include "protocol/hmac.hpp"
#include "scheduler/cli/requests.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t most_in_a_request = 100;  // protocol sheet §2.4
constexpr std::size_t digits = 5;

std::string numbered(std::string_view prefix, std::size_t number) {
    const std::string text = std::to_string(number);
    std::string id(prefix);
    id.append(digits - std::min(digits, text.size()), '0').append(text);
    return id;
}

base::Json with_key(const SimulatedDevice& device, const char* mode) {
    base::Json entry = base::Json::object({{"id", device.id}, {"importMode", mode}, {"status", "enabled"}});
    entry.set("authentication",
              base::Json::object({{"type", "sas"},
                                  {"symmetricKey", base::Json::object({{"primaryKey", device.key},
                                                                       {"secondaryKey", device.key}})}}));
    return entry;
}

// An error of the hub about one device: its id and what is wrong.
struct Complaint {
    std::string device;
    std::string code;
    std::string message;
};

// Sends the entries a hundred at a time; what the hub complains of goes to `on_complaint`, whose error ends
// it.
Result<void> in_bulk(const std::vector<SimulatedDevice>& devices,
                     const std::function<base::Json(const SimulatedDevice&)>& entry, Service& service,
                     const std::function<Result<void>(const Complaint&)>& on_complaint) {
    for (std::size_t first = 0; first < devices.size(); first += most_in_a_request) {
        base::Json body = base::Json::array();
        const std::size_t end = std::min(devices.size(), first + most_in_a_request);
        for (std::size_t i = first; i < end; ++i)
            body.push_back(entry(devices[i]));
        const auto answer = service.call_json(change_devices(body));
        if (!answer) return answer.error();
        for (const base::JsonView error : answer->find("errors")) {
            const auto text = [error](const char* name) {
                return std::string(error.find(name).as_string().value_or(""));
            };
            if (auto done = on_complaint({text("deviceId"), text("errorCode"), text("errorStatus")}); !done) {
                return done;
            }
        }
    }
    return {};
}

Error refused(const Complaint& complaint) {
    return {Errc::invalid_argument,
            complaint.device + ": " + (complaint.message.empty() ? complaint.code : complaint.message)};
}

// Whether the one that is there is of an earlier run: it has the key that we would have given it.
Result<void> check_ours(const SimulatedDevice& device, Service& service) {
    const auto there = service.call_json(get_device(device.id));
    if (!there) return base::with_context(there.error(), device.id);
    const auto key = there->find("authentication").find("symmetricKey").find("primaryKey").as_string();
    if (key == device.key) return {};
    return Error{Errc::already_exists, "device '" + device.id +
                                           "' exists and was not made by lockctl simulate under this policy "
                                           "key; choose another --prefix"};
}

}  // namespace

std::vector<SimulatedDevice> simulated_devices(std::string_view prefix, std::size_t count,
                                               std::string_view policy_key) {
    std::vector<SimulatedDevice> devices;
    devices.reserve(count);
    for (std::size_t i = 1; i <= count; ++i) {
        std::string id = numbered(prefix, i);
        const auto digest = protocol::hmac_sha256(policy_key, "lockctl simulate\n" + id);
        std::string key =
            protocol::encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
        devices.push_back({std::move(id), std::move(key)});
    }
    return devices;
}

Result<void> register_devices(const std::vector<SimulatedDevice>& devices, base::JsonView tags,
                              Service& service) {
    std::vector<SimulatedDevice> there;
    const auto entry = [tags](const SimulatedDevice& device) {
        base::Json made = with_key(device, "create");
        if (tags.size() > 0) made.set("tags", base::Json(tags));
        return made;
    };
    auto registered = in_bulk(devices, entry, service, [&](const Complaint& complaint) -> Result<void> {
        const auto device = std::find_if(devices.begin(), devices.end(), [&complaint](const auto& one) {
            return one.id == complaint.device;
        });
        if (device == devices.end() || complaint.code != "DeviceAlreadyExists") return refused(complaint);
        if (auto ours = check_ours(*device, service); !ours) return ours;
        there.push_back(*device);
        return {};
    });
    if (!registered || there.empty() || tags.size() == 0) return registered;
    // Those of an earlier run get the tags of this one.
    return in_bulk(
        there,
        [tags](const SimulatedDevice& device) {
            return base::Json::object(
                {{"id", device.id}, {"importMode", "updateTwin"}, {"tags", base::Json(tags)}});
        },
        service, [](const Complaint& complaint) -> Result<void> { return refused(complaint); });
}

Result<void> remove_devices(const std::vector<SimulatedDevice>& devices, Service& service) {
    return in_bulk(
        devices,
        [](const SimulatedDevice& device) {
            return base::Json::object({{"id", device.id}, {"importMode", "delete"}});
        },
        service,
        [](const Complaint& complaint) -> Result<void> {
            if (complaint.code == "DeviceNotFound") return {};
            return refused(complaint);
        });
}

}  // namespace cli
