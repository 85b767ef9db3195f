#include "hub_rig.hpp"

#include "base/file_layer.hpp"
#include "free_port.hpp"
#include "protocol/connection_string.hpp"
#include "protocol/sas.hpp"
#include "protocol/username.hpp"
#include "scheduler/http/tls.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace hub {

using namespace std::chrono_literals;

HubRig::HubRig()
    : log_(base::Level::debug, [this](base::Level, std::string_view line) {
          const std::lock_guard lock(lines_guard_);
          lines_.emplace_back(line);
      }) {
    std::string name = std::filesystem::temp_directory_path() / "lockhub-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    directory_ = name;
    options_.directory = name + "/data";
    options_.settings.mqtt_port = free_port();
    options_.settings.https_port = free_port();
    directory_ = options_.directory;
    start();
}

HubRig::~HubRig() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(std::filesystem::path(directory_).parent_path(), ignored);
}

void HubRig::start() {
    auto opened = Hub::open(options_, clock_, log_);
    ASSERT_TRUE(opened) << opened.error().message;
    hub_ = std::move(*opened);
    thread_ = std::thread([this] { hub_->run(); });

    base::PosixFileLayer files;
    const auto text = files.read(directory_ + "/lockctl.json", 4096);
    ASSERT_TRUE(text);
    const auto json = base::Json::parse(*text);
    ASSERT_TRUE(json);
    const auto connection =
        protocol::parse_service_connection_string(*json->find("connectionString").as_string());
    ASSERT_TRUE(connection);
    authorization_ = *protocol::make_sas_token(connection->host, connection->key, clock_.system_now() + 1h,
                                               connection->policy);
    auto tls = http::make_client_tls(std::string(*json->find("caFile").as_string()));
    ASSERT_TRUE(tls);
    client_ = std::make_unique<http::Client>(
        http::ClientOptions{.host = connection->host, .port = *connection->port}, std::move(*tls));
}

void HubRig::stop() {
    client_.reset();
    if (thread_.joinable()) {
        hub_->stop();
        thread_.join();
    }
    hub_.reset();
}

std::vector<std::string> HubRig::log() const {
    const std::lock_guard lock(lines_guard_);
    return lines_;
}

http::Response HubRig::ask(std::string method, std::string path, std::string body) {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query["api-version"] = "2021-04-12";
    request.headers["Authorization"] = authorization_;
    if (!body.empty()) request.headers["Content-Type"] = "application/json";
    request.body = std::move(body);
    auto response = client_->send(request, 10s);
    EXPECT_TRUE(response) << response.error().message;
    return response ? std::move(*response) : http::Response{.status = 0, .headers = {}, .body = {}};
}

std::string HubRig::add_device(const std::string& id) {
    const http::Response made = ask("PUT", "/devices/" + id, R"({"deviceId":")" + id + R"("})");
    EXPECT_EQ(made.status, 200) << made.body;
    const auto json = base::Json::parse(made.body);
    EXPECT_TRUE(json);
    return std::string(
        json->find("authentication").find("symmetricKey").find("primaryKey").as_string().value_or(""));
}

std::unique_ptr<TlsDevice> HubRig::connect(const std::string& id, const std::string& key) {
    auto device = std::make_unique<TlsDevice>(ca_file(), mqtt_port());
    EXPECT_TRUE(device->connected());
    EXPECT_TRUE(device->send(connect_packet(id, key, clock_.system_now())));
    const auto connack = device->receive_one<protocol::Connack>();
    EXPECT_TRUE(connack && connack->code == protocol::ConnectCode::accepted);
    return device;
}

protocol::Connect connect_packet(const std::string& id, const std::string& key, base::SystemTime now) {
    protocol::Connect connect;
    connect.client_id = id;
    connect.clean_session = false;
    connect.keep_alive = 60;
    protocol::Username username;
    username.host = "localhost";
    username.device_id = id;
    username.api_version = "2021-04-12";
    connect.username = protocol::make_username(username);
    connect.password = *protocol::make_sas_token("localhost/devices/" + id, key, now + 1h);
    return connect;
}

}  // namespace hub
