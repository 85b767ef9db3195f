#include "scheduler/cli/device_commands.hpp"

#include "base/file_layer.hpp"
#include "protocol/connection_string.hpp"
#include "protocol/device_id.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

// What a device needs to connect to this hub: its key, and where the hub listens for devices.
base::Result<std::string> connection_string(const base::Json& device, Service& service) {
    const auto id = device.find("deviceId").as_string();
    const auto key = device.find("authentication").find("symmetricKey").find("primaryKey").as_string();
    if (!id || !key || key->empty()) {
        return Error{Errc::not_found,
                     "this device has no symmetric key, so there is no connection string with one"};
    }
    const auto capabilities = service.capabilities();
    if (!capabilities) return capabilities.error();
    protocol::DeviceConnectionString connection;
    connection.host = service.connection().host;
    if (capabilities->mqtt_port != 8883) connection.port = capabilities->mqtt_port;
    connection.device_id = *id;
    connection.shared_access_key = *key;
    return protocol::to_text(connection);
}

Outcome about(Error error, const std::string& id) {
    if (error.code == Errc::not_found) {
        return failed({Errc::not_found,
                       "there is no device '" + id + "'; 'lockctl device list' shows those there are"});
    }
    return failed(base::with_context(std::move(error), id));
}

// "0001-01-01T00:00:00" is how IoT Hub writes "never".
std::string date(base::JsonView time) {
    const auto text = time.as_string().value_or("");
    return text.starts_with("0001-") ? "never" : std::string(text);
}

// Looked at before the device is registered: a key that cannot be written down is no good start.
base::Result<void> check_new_file(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error))) {
        return Error{Errc::already_exists,
                     "--connection-file: '" + path +
                         "' exists already, and may hold another device's key; name a new file"};
    }
    const fs::path parent = fs::path(path).parent_path();
    const std::string directory = parent.empty() ? "." : parent.string();
    if (!fs::is_directory(directory, error)) {
        return Error{Errc::not_found, "--connection-file: there is no directory '" + directory + "'"};
    }
    if (access(directory.c_str(), W_OK | X_OK) != 0) {
        return Error{Errc::permission_denied,
                     "--connection-file: the directory '" + directory + "' cannot be written to"};
    }
    return {};
}

}  // namespace

Outcome run(const DeviceAdd& command, Context& context) {
    if (const auto valid = protocol::check_device_id(command.id); !valid) return failed(valid.error());
    if (!command.connection_file.empty()) {
        if (const auto free = check_new_file(command.connection_file); !free) return failed(free.error());
    }
    const auto response = context.service.call(create_device(command.id, command.disabled));
    if (!response) {
        if (response.error().code == Errc::conflict) {
            return {Exit::failure, "device '" + command.id + "' exists already; 'lockctl device show " +
                                       command.id + " --connection-string' prints its connection string"};
        }
        return failed(base::with_context(response.error(), command.id));
    }
    auto device = base::Json::parse(response->body);
    if (!device) return failed(base::with_context(device.error(), "the hub's answer"));
    const auto connection = connection_string(*device, context.service);
    if (!connection) return failed(connection.error());

    if (!command.connection_file.empty()) {
        base::PosixFileLayer files;
        const auto written = base::replace_file(files, command.connection_file, *connection + "\n", 0600);
        if (!written) {
            return {Exit::failure, "the device is registered, but " + written.error().message +
                                       "; 'lockctl device show " + command.id +
                                       " --connection-string' prints what belongs into the file"};
        }
    }
    if (context.output.as_json()) {
        device->set("connectionString", *connection);
        context.output.out << device->dump() << '\n';
    } else if (command.connection_file.empty()) {
        context.output.out << *connection << '\n';
    } else {
        context.output.out << "device " << command.id << " registered; its connection string is in "
                           << command.connection_file << '\n';
    }
    return {};
}

Outcome run(const DeviceList& /*command*/, Context& context) {
    RowPrinter printer(context.output);
    const auto done =
        context.service.query("SELECT * FROM devices", [&](const Page& page) { printer.add(page); });
    if (!done) return failed(done.error());
    printer.finish("no devices; 'lockctl device add ID' registers one");
    return {};
}

Outcome run(const DeviceShow& command, Context& context) {
    const auto response = context.service.call(get_device(command.id));
    if (!response) return about(response.error(), command.id);
    const auto device = base::Json::parse(response->body);
    if (!device) return failed(base::with_context(device.error(), "the hub's answer"));
    if (command.connection_string) {
        const auto connection = connection_string(*device, context.service);
        if (!connection) return failed(base::with_context(connection.error(), command.id));
        if (context.output.as_json()) {
            context.output.out
                << base::Json::object({{"deviceId", command.id}, {"connectionString", *connection}}).dump()
                << '\n';
        } else {
            context.output.out << *connection << '\n';
        }
        return {};
    }
    if (context.output.as_json()) {
        print_document(context.output, response->body);
        return {};
    }
    const auto text = [&device](std::string_view name) {
        return std::string(device->find(name).as_string().value_or(""));
    };
    Listing listing;
    listing.add("device", text("deviceId"));
    listing.add("status", text("status"));
    listing.add("reason", text("statusReason"));
    listing.add("connection", text("connectionState"));
    listing.add("last activity", date(device->find("lastActivityTime")));
    listing.add("authentication",
                std::string(device->find("authentication").find("type").as_string().value_or("")));
    listing.add("etag", text("etag"));
    listing.print(context.output.out);
    return {};
}

Outcome run(const DeviceRemove& command, Context& context) {
    const auto response = context.service.call(delete_device(command.id));
    if (!response) return about(response.error(), command.id);
    if (context.output.as_json()) {
        context.output.out << base::Json::object({{"deviceId", command.id}, {"removed", true}}).dump()
                           << '\n';
    } else {
        context.output.out << "device " << command.id << " removed\n";
    }
    return {};
}

}  // namespace cli
