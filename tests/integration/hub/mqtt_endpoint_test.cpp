// The endpoint for devices by itself, with room for two.

#include "scheduler/hub/mqtt_endpoint.hpp"

#include "base/file_layer.hpp"
#include "scheduler/http/tls.hpp"
#include "scheduler/hub/certificates.hpp"
#include "scheduler/hub/domain.hpp"
#include "tls_device.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace hub {
namespace {

class SmallEndpoint : public testing::Test {
  protected:
    void SetUp() override { open(); }
    void open() {
        (void)std::signal(SIGPIPE, SIG_IGN);  // as the hub does: OpenSSL writes to sockets itself
        std::string name = std::filesystem::temp_directory_path() / "lockhub-endpoint-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
        ASSERT_TRUE(ensure_certificates(files_, directory_, {"localhost"}, clock_.system_now()));
        auto tls = http::make_server_tls(directory_ + "/server.pem", directory_ + "/server.key");
        ASSERT_TRUE(tls);
        auto trust = DeviceTrust::load(files_, directory_);
        ASSERT_TRUE(trust);
        trust_ = std::move(*trust);
        auto endpoint = MqttEndpoint::listen(loop_, std::move(*tls), "127.0.0.1", 0, limits,
                                             {.devices = domain_.sessions,
                                              .authorization = domain_.authorization,
                                              .clock = clock_,
                                              .log = log_,
                                              .refusals = refusals_,
                                              .limits = {}},
                                             *trust_, turn_);
        ASSERT_TRUE(endpoint);
        endpoint_ = std::move(*endpoint);
        port_ = endpoint_->port();
        thread_ = std::thread([this] { loop_.run(); });
    }
    void TearDown() override {
        loop_.stop();
        if (thread_.joinable()) thread_.join();
        endpoint_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    MqttEndpointLimits limits{.connections = 2};
    std::unique_ptr<TlsDevice> device() { return std::make_unique<TlsDevice>(directory_ + "/ca.pem", port_); }

  private:
    base::PosixFileLayer files_;
    base::RealClock clock_;
    base::Log log_{base::Level::error, [](base::Level, std::string_view) {}};
    std::string directory_;
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    RefusalLog refusals_{log_, clock_};
    Domain domain_{std::move(*Database::open(":memory:")), clock_, log_, {}};
    std::unique_ptr<DeviceTrust> trust_;
    std::unique_ptr<MqttEndpoint> endpoint_;
    Turn turn_{loop_, [this] {
                   (void)domain_.database.commit_turn();
                   return endpoint_->flush();
               }};
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TEST_F(SmallEndpoint, LetsWhoIsTooManyWaitUntilSomebodyGoes) {
    auto first = device();
    const auto second = device();
    EXPECT_TRUE(first->connected());
    EXPECT_TRUE(second->connected());
    EXPECT_FALSE(device()->connected());  // not answered within its patience
    first.reset();
    EXPECT_TRUE(device()->connected());
}

class EndpointOfFewArrivals : public SmallEndpoint {
  protected:
    void SetUp() override {
        limits = {.connections = 10, .listener = {.arrivals = 2, .arrival_pressed = std::chrono::seconds(0)}};
        open();
    }
};

TEST_F(EndpointOfFewArrivals, TakesTheOldestPlaceOfThoseWhoHaveShakenHandsAndSayNothing) {
    const auto silent = device();
    const auto quiet = device();
    EXPECT_TRUE(silent->connected());
    EXPECT_TRUE(quiet->connected());
    const auto device_that_speaks = device();
    EXPECT_TRUE(device_that_speaks->connected());
    EXPECT_TRUE(silent->closed_by_hub());
}

}  // namespace
}  // namespace hub
