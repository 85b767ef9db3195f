#include "base/clock.hpp"
#include "base/file_layer.hpp"
#include "scheduler/http/client.hpp"
#include "scheduler/http/server.hpp"
#include "scheduler/http/tls.hpp"
#include "scheduler/hub/certificates.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <set>
#include <thread>

namespace http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr seconds patience{10};

// A directory with a CA and a server certificate for localhost; made once, it takes time.
class Certificates {
  public:
    Certificates() {
        std::string name = (std::filesystem::temp_directory_path() / "https-XXXXXX").string();
        directory_ = mkdtemp(name.data());
        base::PosixFileLayer files;
        const auto now = base::RealClock().system_now();
        EXPECT_TRUE(hub::ensure_certificates(files, directory_, {"localhost"}, now));
        const auto other = hub::make_ca("another CA", now);
        EXPECT_TRUE(base::replace_file(files, path("other.pem"), other->certificate, 0644));
    }
    ~Certificates() { std::filesystem::remove_all(directory_); }
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

  private:
    std::string directory_;
};

class ServerClientTest : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { certificates = std::make_unique<Certificates>(); }
    static void TearDownTestSuite() { certificates.reset(); }

    ~ServerClientTest() override { stop(); }

    void start(Handler handler, const ServerLimits& limits = {}) {
        auto tls = make_server_tls(certificates->path("server.pem"), certificates->path("server.key"));
        ASSERT_TRUE(tls) << tls.error().message;
        auto server = Server::listen(loop_, *tls, {"127.0.0.1", 0}, limits, std::move(handler), log_);
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        port_ = server_->port();
        thread_ = std::thread([this] { loop_.run(); });
    }
    void stop() {
        if (!thread_.joinable()) return;
        asio::post(loop_, [this] {
            held_.reset();
            server_.reset();
            work_.reset();
        });
        thread_.join();
    }
    template <typename F>
    auto on_loop(F f) {
        std::promise<decltype(f())> promise;
        auto future = promise.get_future();
        asio::post(loop_, [&] { promise.set_value(f()); });
        return future.get();
    }

    std::unique_ptr<Client> client(const std::string& ca = "ca.pem", const std::string& host = "localhost") {
        auto tls = make_client_tls(certificates->path(ca));
        EXPECT_TRUE(tls);
        return std::make_unique<Client>(ClientOptions{.host = host, .port = port_}, *tls);
    }

    // A TLS connection for bytes that no client would send.
    struct Raw {
        asio::io_context loop;
        asio::ssl::context tls{asio::ssl::context::tls_client};
        asio::ssl::stream<tcp::socket> stream{loop, tls};

        void write(std::string_view text) {
            boost::system::error_code ignored;  // the server may have answered and closed already
            asio::write(stream, asio::buffer(text), ignored);
        }
        std::string read_all() {
            std::string text;
            boost::system::error_code end;
            asio::read(stream, asio::dynamic_buffer(text), end);
            return text;
        }
    };
    std::unique_ptr<Raw> raw() {
        auto out = std::make_unique<Raw>();
        out->stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), port_});
        out->stream.handshake(asio::ssl::stream_base::client);
        return out;
    }

    static Handler echo() {
        return [](const Request& request, const Responder& responder) {
            responder.answer(json_response(200, request.method + " " + request.path + " " + request.body));
        };
    }

    static std::unique_ptr<Certificates> certificates;

    asio::io_context loop_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{loop_.get_executor()};
    base::Log log_{base::Level::error};
    std::unique_ptr<Server> server_;
    std::optional<Responder> held_;  // touched on the loop only
    std::uint16_t port_ = 0;
    std::thread thread_;
};

std::unique_ptr<Certificates> ServerClientTest::certificates;

TEST_F(ServerClientTest, CarriesARequestAndItsAnswer) {
    std::optional<Request> got;
    start([&got](const Request& request, const Responder& responder) {
        got = request;
        Response response = json_response(201, R"({"ok":true})");
        response.headers["ETag"] = "\"7\"";
        responder.answer(response);
    });
    Request request{.method = "PUT", .path = "/twins/a%20b", .query = {{"api-version", "2021-04-12"}}};
    request.headers["If-Match"] = "\"*\"";
    request.body = R"({"tags":{"x":1}})";
    const auto response = client()->send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, R"({"ok":true})");
    EXPECT_EQ(response->header("etag"), "\"7\"");
    stop();
    EXPECT_EQ(got->method, "PUT");
    EXPECT_EQ(got->path, "/twins/a%20b");
    EXPECT_EQ(got->parameter("api-version"), "2021-04-12");
    EXPECT_EQ(got->header("if-match"), "\"*\"");
    EXPECT_EQ(got->body, R"({"tags":{"x":1}})");
    EXPECT_THAT(got->peer, StartsWith("127.0.0.1:"));
}

TEST_F(ServerClientTest, KeepsTheConnectionForTheNextRequest) {
    std::set<std::string> peers;
    start([&peers](const Request& request, const Responder& responder) {
        peers.insert(request.peer);
        responder.answer(json_response(200, ""));
    });
    const auto one = client();
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(one->send({.path = "/x"}));
    stop();
    EXPECT_EQ(peers.size(), 1U);
}

TEST_F(ServerClientTest, AnswersLaterFromTheLoop) {
    auto timer = std::make_shared<asio::steady_timer>(loop_);
    start([timer](const Request&, const Responder& responder) {
        timer->expires_after(milliseconds(50));
        timer->async_wait(
            [responder](const boost::system::error_code&) { responder.answer(json_response(200, "later")); });
    });
    const auto response = client()->send({.path = "/slow"});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "later");
}

TEST_F(ServerClientTest, ADroppedResponderIsA500) {
    start([](const Request&, const Responder&) {});
    const auto response = client()->send({});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 500);
}

TEST_F(ServerClientTest, A204HasNoBody) {
    start([](const Request&, const Responder& responder) { responder.answer(Response{204, {}, "nothing"}); });
    const auto one = client();
    for (int i = 0; i < 2; ++i) {
        const auto response = one->send({.method = "DELETE", .path = "/x"});
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->status, 204);
        EXPECT_EQ(response->body, "");
    }
}

TEST_F(ServerClientTest, HeadHasTheLengthAndNoBody) {
    start([](const Request&, const Responder& responder) { responder.answer(json_response(200, "12345")); });
    const auto one = client();
    const auto response = one->send({.method = "HEAD", .path = "/x"});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->header("Content-Length"), "5");
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(one->send({.path = "/x"})->body, "12345");
}

TEST_F(ServerClientTest, AHeaderValueCannotBreakOutOfItsLine) {
    start([](const Request&, const Responder& responder) {
        responder.answer(Response{200, {{"X-Test", "a\r\nX-Evil: 1"}}, ""});
    });
    const auto response = client()->send({});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->header("X-Test"), "a  X-Evil: 1");
    EXPECT_EQ(response->header("X-Evil"), "");
}

TEST_F(ServerClientTest, ABodyBeyondTheBoundIs413) {
    start(echo(), {.body_bytes = 1000});
    const auto one = client();
    EXPECT_EQ(one->send({.method = "POST", .path = "/x", .body = std::string(1000, 'x')})->status, 200);
    const auto response = one->send({.method = "POST", .path = "/x", .body = std::string(3'000'000, 'x')});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 413);
    EXPECT_THAT(response->body, HasSubstr("1000 bytes"));
}

TEST_F(ServerClientTest, AHeaderBeyondTheBoundIs431) {
    start(echo(), {.header_bytes = 2000});
    Request request;
    request.headers["X-Long"] = std::string(8000, 'x');
    const auto response = client()->send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 431);
}

TEST_F(ServerClientTest, MalformedRequestsAre400) {
    start(echo());
    for (const char* text :
         {"HELLO\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nBad Header: 1\r\n\r\n"}) {
        const auto connection = raw();
        connection->write(text);
        EXPECT_THAT(connection->read_all(), StartsWith("HTTP/1.1 400 ")) << text;
    }
}

TEST_F(ServerClientTest, WhoWaitsForPermissionToSendTheBodyGetsIt) {
    start(echo());
    const auto connection = raw();
    connection->write(
        "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: "
        "close\r\n\r\n");
    std::string permission(25, '\0');
    asio::read(connection->stream, asio::buffer(permission));
    EXPECT_EQ(permission, "HTTP/1.1 100 Continue\r\n\r\n");
    connection->write("hi");
    EXPECT_THAT(connection->read_all(), HasSubstr("PUT /x hi"));
}

TEST_F(ServerClientTest, RequestsInOnePacketAreAnsweredInOrder) {
    start(echo());
    const auto connection = raw();
    connection->write(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answers = connection->read_all();
    const auto first = answers.find("GET /1");
    const auto second = answers.find("GET /2");
    const auto third = answers.find("GET /3");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
}

TEST_F(ServerClientTest, AnIdleConnectionIsClosedAndTheClientOpensANewOne) {
    start(echo(), {.idle = seconds(1)});
    const auto one = client();
    ASSERT_TRUE(one->send({}));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (on_loop([this] { return server_->connections(); }) > 0 &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_EQ(on_loop([this] { return server_->connections(); }), 0U);
    EXPECT_TRUE(one->send({}));
}

TEST_F(ServerClientTest, ARequestThatTricklesInIsCutOff) {
    start(echo(), {.request = seconds(1)});
    const auto connection = raw();
    connection->write("GET / HTTP/1.1\r\nHost: a");
    EXPECT_THAT(connection->read_all(), AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr("after 1 s")));
    const auto body = raw();
    body->write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
    EXPECT_THAT(body->read_all(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerClientTest, WordsWhatItAnswersItselfAsItIsTold) {
    start(echo(), {.header_bytes = 2000, .body_bytes = 1000, .request = seconds(1)});
    on_loop([this] {
        server_->word_refusals([](int status, std::string_view) {
            return json_response(status, "worded " + std::to_string(status));
        });
        return true;
    });
    for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
             {"HELLO\r\n\r\n", "worded 400"},
             {"GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", "worded 400"},
             {"GET / HTTP/1.1\r\nHost: a", "worded 408"},
             {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", "worded 413"},
             {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(8000, 'x') + "\r\n\r\n", "worded 431"}}) {
        const auto connection = raw();
        connection->write(text);
        EXPECT_THAT(connection->read_all(), HasSubstr(words)) << text;
    }
}

TEST_F(ServerClientTest, APeerThatNeverShakesHandsIsCutOff) {
    start(echo(), {.handshake = seconds(1)});
    asio::io_context loop;
    tcp::socket socket(loop);
    socket.connect({asio::ip::make_address("127.0.0.1"), port_});
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    EXPECT_EQ(text, "");
}

TEST_F(ServerClientTest, ConnectionsBeyondTheBoundWaitUntilOneIsFree) {
    start(echo(), {.connections = 1});
    auto first = client();
    ASSERT_TRUE(first->send({}));
    auto waiting = std::async(std::launch::async, [this] { return client()->send({.path = "/second"}); });
    EXPECT_EQ(waiting.wait_for(milliseconds(200)), std::future_status::timeout);
    first.reset();
    ASSERT_EQ(waiting.wait_for(patience), std::future_status::ready);
    EXPECT_TRUE(waiting.get());
}

TEST_F(ServerClientTest, PeersThatKeepTheServerWaitingKeepNobodyOut) {
    start(echo(), {.connections = 3, .pressed = milliseconds(100)});
    const auto regular = client();
    ASSERT_TRUE(regular->send({}));
    asio::io_context loop;
    tcp::socket silent(loop);
    silent.connect({asio::ip::make_address("127.0.0.1"), port_});
    const auto trickling = raw();
    trickling->write("GET / HTTP/1.1\r\nHost: a");

    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(client()->send({.path = "/urgent"}));
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5)) << "it waited until a time-out struck";
    std::string text;
    boost::system::error_code end;
    asio::read(silent, asio::dynamic_buffer(text), end);  // it waited longest, and never said anything
    EXPECT_EQ(end, asio::error::eof);
}

TEST_F(ServerClientTest, ThePeerThatIsBeingServedKeepsItsPlace) {
    start(
        [this](const Request& request, const Responder& responder) {
            if (request.path == "/long") {
                held_ = responder;
            } else {
                responder.answer(json_response(200, "{}"));
            }
        },
        {.connections = 1, .pressed = milliseconds(1)});
    auto served = std::async(std::launch::async, [this] { return client()->send({.path = "/long"}); });
    while (!on_loop([this] { return held_.has_value(); })) {
        std::this_thread::sleep_for(milliseconds(5));
    }
    auto waiting = std::async(std::launch::async, [this] { return client()->send({.path = "/next"}); });
    EXPECT_EQ(waiting.wait_for(milliseconds(300)), std::future_status::timeout);
    on_loop([this] {
        held_->answer(json_response(200, "{}"));
        held_.reset();
        return 0;
    });
    ASSERT_EQ(served.wait_for(patience), std::future_status::ready);
    EXPECT_TRUE(served.get());
    ASSERT_EQ(waiting.wait_for(patience), std::future_status::ready);
    EXPECT_TRUE(waiting.get());
}

TEST_F(ServerClientTest, DrainLetsTheAnswerThatIsDueOutFirst) {
    std::promise<void> asked;
    start([this, &asked](const Request&, const Responder& responder) {
        held_ = responder;
        asked.set_value();
    });
    auto sending = std::async(std::launch::async, [this] { return client()->send({}); });
    ASSERT_EQ(asked.get_future().wait_for(patience), std::future_status::ready);
    std::promise<void> drained;
    asio::post(loop_, [&] {
        server_->drain([&drained] { drained.set_value(); });
        held_->answer(json_response(200, "last words"));
        held_.reset();
    });
    const auto response = sending.get();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "last words");
    EXPECT_EQ(response->header("Connection"), "close");
    EXPECT_EQ(drained.get_future().wait_for(patience), std::future_status::ready);
}

TEST_F(ServerClientTest, AnswersIntoTheVoidAreHarmless) {
    std::promise<void> asked;
    start([this, &asked](const Request&, const Responder& responder) {
        held_ = responder;
        asked.set_value();
    });
    {
        auto tls = make_client_tls(certificates->path("ca.pem"));
        Client impatient({.host = "localhost", .port = port_}, *tls);
        const auto response = impatient.send({}, milliseconds(200));
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().code, base::Errc::timeout);
        EXPECT_THAT(response.error().message, HasSubstr("no answer within 200 ms"));
    }
    ASSERT_EQ(asked.get_future().wait_for(patience), std::future_status::ready);
    asio::post(loop_, [this] {
        server_.reset();
        held_->answer(json_response(200, ""));
        held_.reset();
    });
    stop();
}

TEST_F(ServerClientTest, AServerOfAnotherCaIsRefusedWithTheCure) {
    start(echo());
    const auto response = client("other.pem")->send({});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::unauthorized);
    EXPECT_THAT(response.error().message, HasSubstr("not signed by a CA that is trusted"));
}

TEST_F(ServerClientTest, AServerUnderAnotherNameIsRefusedAndTheNamesAreTold) {
    start(echo());
    const auto response = client("ca.pem", "127.0.0.1")->send({});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::unauthorized);
    EXPECT_THAT(response.error().message, HasSubstr("is for localhost, not for 127.0.0.1"));
}

TEST_F(ServerClientTest, NobodyThereIsAskedWhetherLockhubRuns) {
    start(echo());
    stop();
    const auto response = client()->send({});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("is lockhub running?"));
}

TEST_F(ServerClientTest, APortThatDoesNotSpeakTlsIsSaid) {
    asio::io_context loop;
    tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
    port_ = acceptor.local_endpoint().port();
    std::thread peer([&acceptor, &loop] {
        tcp::socket socket(loop);
        acceptor.accept(socket);
        asio::write(socket, asio::buffer(std::string_view("220 hello\r\n")));
    });
    const auto response = client()->send({});
    peer.join();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::unavailable);  // not Errc::io: nothing was sent
    EXPECT_THAT(response.error().message, HasSubstr("no TLS connection"));
}

TEST_F(ServerClientTest, ASilentPortTimesOut) {
    asio::io_context loop;
    tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
    auto tls = make_client_tls(certificates->path("ca.pem"));
    Client one(
        {.host = "localhost", .port = acceptor.local_endpoint().port(), .connect_timeout = milliseconds(200)},
        *tls);
    const auto response = one.send({});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::timeout);
    EXPECT_THAT(response.error().message, HasSubstr("no connection within 200 ms"));
}

TEST_F(ServerClientTest, ANameThatDoesNotResolveIsSaid) {
    auto tls = make_client_tls("");
    Client one({.host = "no-such-host.invalid", .port = 443}, *tls);
    const auto response = one.send({});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("no-such-host.invalid"));
}

TEST_F(ServerClientTest, AnAnswerBeyondTheBoundIsAnError) {
    start([](const Request&, const Responder& responder) {
        responder.answer(json_response(200, std::string(5000, 'x')));
    });
    auto tls = make_client_tls(certificates->path("ca.pem"));
    Client one({.host = "localhost", .port = port_, .response_bytes = 1000}, *tls);
    const auto response = one.send({});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::too_large);
}

TEST_F(ServerClientTest, APortThatIsInUseIsSaid) {
    start(echo());
    auto tls = make_server_tls(certificates->path("server.pem"), certificates->path("server.key"));
    const auto second = Server::listen(loop_, *tls, {"127.0.0.1", port_}, {}, echo(), log_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::busy);
    EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST_F(ServerClientTest, AListenAddressThatIsNoneIsSaid) {
    auto tls = make_server_tls(certificates->path("server.pem"), certificates->path("server.key"));
    const auto server = Server::listen(loop_, *tls, {"everywhere", 1}, {}, echo(), log_);
    ASSERT_FALSE(server);
    EXPECT_THAT(server.error().message, HasSubstr("'everywhere'"));
}

}  // namespace
}  // namespace http
