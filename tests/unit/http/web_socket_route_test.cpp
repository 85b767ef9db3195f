#include "scheduler/http/web_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

using boost::beast::http::field;
using testing::HasSubstr;

class WebSocketRouteTest : public testing::Test {
  protected:
    WebSocketRouteTest() {
        request_.set(field::connection, "keep-alive, Upgrade");
        request_.set(field::upgrade, "websocket");
        request_.set(field::sec_websocket_version, "13");
        request_.set(field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
        request_.set(field::sec_websocket_protocol, "mqttv3.1, mqtt");
    }
    Response refusal() {
        const auto answer = route_.refusal(request_);
        return answer ? *answer : Response{.status = 101};
    }
    WebSocketRoute route_{
        .paths = {"/$iothub/websocket"}, .sub_protocol = "mqtt", .has_room = {}, .opened = {}};
    WebSocket::Upgrade request_{boost::beast::http::verb::get, "/$iothub/websocket", 11};
};

TEST_F(WebSocketRouteTest, TakesWhoOffersItsSubProtocolAmongOthers) {
    EXPECT_EQ(refusal().status, 101);
}

TEST_F(WebSocketRouteTest, SaysWhichSubProtocolItWants) {
    request_.set(field::sec_websocket_protocol, "amqp");
    EXPECT_EQ(refusal().status, 400);
    EXPECT_THAT(refusal().body, HasSubstr("'mqtt'"));
    request_.erase(field::sec_websocket_protocol);
    EXPECT_EQ(refusal().status, 400);
}

TEST_F(WebSocketRouteTest, SaysWhichVersionItSpeaks) {
    request_.set(field::sec_websocket_version, "8");
    EXPECT_EQ(refusal().status, 426);
    EXPECT_EQ(refusal().header("Sec-WebSocket-Version"), "13");
}

TEST_F(WebSocketRouteTest, TellsABrowserToUpgrade) {
    request_.erase(field::upgrade);
    EXPECT_EQ(refusal().status, 426);
    EXPECT_EQ(refusal().header("Upgrade"), "websocket");
}

TEST_F(WebSocketRouteTest, TakesNothingButGet) {
    request_.method(boost::beast::http::verb::post);
    EXPECT_EQ(refusal().status, 405);
    EXPECT_EQ(refusal().header("Allow"), "GET");
}

}  // namespace
}  // namespace http
