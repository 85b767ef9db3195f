#include "scheduler/http/message.hpp"

#include <gtest/gtest.h>

namespace http {
namespace {

TEST(MessageTest, HeaderNamesDoNotCareForCase) {
    Request request;
    request.headers["Content-Type"] = "text/plain";
    request.headers["content-TYPE"] = "application/json";
    EXPECT_EQ(request.headers.size(), 1U);
    EXPECT_EQ(request.header("CONTENT-type"), "application/json");
}

TEST(MessageTest, AHeaderOrParameterThatIsNotThereIsEmpty) {
    EXPECT_EQ(Request().header("If-Match"), "");
    EXPECT_EQ(Request().parameter("top"), "");
    EXPECT_EQ(Response().header("ETag"), "");
}

TEST(MessageTest, JsonResponsesSayThatTheyAreJson) {
    const Response response = json_response(201, "{}");
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.header("content-type"), "application/json; charset=utf-8");
}

TEST(MessageTest, ErrorResponsesQuoteTheirText) {
    EXPECT_EQ(error_response(400, "say \"no\"").body, R"({"Message":"say \"no\""})");
}

}  // namespace
}  // namespace http
