#include "protocol/error_body.hpp"

#include "base/json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace {

using namespace protocol;

constexpr base::SystemTime moment{std::chrono::sys_days{std::chrono::year{2016} / 7 / 16} +
                                  std::chrono::seconds(761)};
constexpr std::string_view hex = "0123456789abcdef0123456789abcdef";

// §2.2
TEST(HubError, HasNumberNameAndHttpStatus) {
    EXPECT_EQ(error_name(HubError::device_not_found), "DeviceNotFound");
    EXPECT_EQ(static_cast<int>(HubError::gateway_timeout), 504101);
    EXPECT_EQ(http_status(HubError::gateway_timeout), 504);
    EXPECT_EQ(http_status(HubError::operation_not_allowed_in_current_state), 405);
    EXPECT_EQ(find_error("JobAlreadyExists"), HubError::job_already_exists);
    EXPECT_EQ(find_error(412001), HubError::precondition_failed);
    EXPECT_EQ(find_error("Nonsense"), std::nullopt);
    EXPECT_EQ(find_error(1), std::nullopt);
}

TEST(HubError, HasNamesThatLeadBack) {
    int known = 0;
    for (int code = 400000; code < 505000; ++code) {
        const auto error = find_error(code);
        if (!error) continue;
        ++known;
        EXPECT_EQ(find_error(error_name(*error)), error);
    }
    EXPECT_EQ(known, 54);  // as many as the sheet lists
}

// §2.2: "<32hex>-G:11-TimeStamp:07/16/2016 00:12:41".
TEST(ErrorBody, HasATrackingId) {
    EXPECT_EQ(tracking_id(hex, moment), std::string(hex) + "-G:1-TimeStamp:07/16/2016 00:12:41");
}

// §2.2, shape 1.
TEST(ErrorBody, ClassicGivesTypedErrors) {
    EXPECT_EQ(classic_error_body(HubError::device_already_exists, "Conflict", "t"),
              R"({"Message":"ErrorCode:DeviceAlreadyExists;Conflict","ExceptionMessage":"Tracking ID:t"})");
    EXPECT_EQ(
        classic_error_body("GenericBadRequest", "a \"quoted\" text", "t"),
        R"({"Message":"ErrorCode:GenericBadRequest;a \"quoted\" text","ExceptionMessage":"Tracking ID:t"})");
}

// §2.2, shape 3; §1.7: errorCode decides in Node's twin client.
TEST(ErrorBody, BareHasANumber) {
    EXPECT_EQ(
        bare_error_body(HubError::argument_invalid, "bad key", "t", moment),
        R"({"errorCode":400004,"trackingId":"t","message":"bad key","timestampUtc":"2016-07-16T00:12:41.0000000Z"})");
}

// §2.2, shape 2.
TEST(ErrorBody, NestedIsTextInText) {
    const std::string body =
        nested_error_body(HubError::device_not_online, "Timed out", "t", moment, R"({"timeout":"00:00:00"})");
    const auto outer = base::Json::parse(body);
    ASSERT_TRUE(outer);
    EXPECT_EQ(outer->find("ExceptionMessage").as_string(), "");
    const auto inner = base::Json::parse(*outer->find("Message").as_string());
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->find("errorCode").as_integer(), 404103);
    EXPECT_EQ(inner->find("info").find("timeout").as_string(), "00:00:00");
    EXPECT_EQ(inner->find("timestampUtc").as_string(), "2016-07-16T00:12:41.0000000Z");
}

TEST(ErrorBody, IsReadBackInEveryShape) {
    for (const std::string& body :
         {classic_error_body(HubError::device_not_found, "no such device", "t"),
          bare_error_body(HubError::device_not_found, "no such device", "t", moment),
          nested_error_body(HubError::device_not_found, "no such device", "t", moment)}) {
        const auto read = parse_error_body(body);
        ASSERT_TRUE(read) << body;
        EXPECT_EQ(read->error, HubError::device_not_found) << body;
        EXPECT_EQ(read->name, "DeviceNotFound");
        EXPECT_EQ(read->message, "no such device");
        EXPECT_EQ(read->tracking, "t");
    }
}

// §2.2: jobs may wrap twice (csharp#361).
TEST(ErrorBody, ReadsADoubleWrappedOne) {
    const auto read = parse_error_body(
        R"({"Message":"ErrorCode:ThrottlingMaxActiveJobCountExceeded;Error: 429 {\"Message\":\"x\"}","ExceptionMessage":"Tracking ID:t"})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->error, HubError::throttling_max_active_job_count_exceeded);
    EXPECT_EQ(read->message, R"(Error: 429 {"Message":"x"})");
}

TEST(ErrorBody, ReadsAnUnknownOneAsText) {
    const auto classic = parse_error_body(R"({"Message":"something else"})");
    ASSERT_TRUE(classic);
    EXPECT_EQ(classic->error, std::nullopt);
    EXPECT_EQ(classic->message, "something else");
    const auto numbered = parse_error_body(R"({"errorCode":499999999999,"message":"m"})");
    ASSERT_TRUE(numbered);
    EXPECT_EQ(numbered->error, std::nullopt);
    const auto braces = parse_error_body(R"({"Message":"{no json"})");
    ASSERT_TRUE(braces);
    EXPECT_EQ(braces->message, "{no json");
}

TEST(ErrorBody, RefusesWhatIsNone) {
    for (const std::string_view body :
         {"", "<html>", "[]", "\"text\"", "{}", R"({"Message":5})", R"({"errorCode":"x"})"}) {
        EXPECT_FALSE(parse_error_body(body)) << body;
    }
}

}  // namespace
