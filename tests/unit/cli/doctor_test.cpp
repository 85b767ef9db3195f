#include "scheduler/cli/doctor.hpp"

#include "base/http_date.hpp"
#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* nobody = "lockctl-doctor-0a1b2c3d-0000-4000-8000-000000000000";
constexpr const char* unauthorized = R"({"Message":"ErrorCode:IotHubUnauthorizedAccess;Unauthorized"})";

class DoctorTest : public ::testing::Test, protected Bench {
  protected:
    void hub_says(std::chrono::seconds ahead = {}) {
        hub.answer("GET /lockhub/v1/capabilities", 200,
                   R"({"name":"lockhub","version":"0.1.0","features":[]})",
                   {{"Date", base::format_http_date(clock.system_now() + ahead)}});
    }
    void refuse(const std::string& route) { hub.answer(route, 401, unauthorized); }
    const std::string read = std::string("GET /devices/") + nobody;
    const std::string write = std::string("DELETE /devices/") + nobody;
    const std::string call = std::string("POST /twins/") + nobody + "/methods";
};

TEST_F(DoctorTest, AHealthyHubHasNothingToCure) {
    hub_says();
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(), HasSubstr("ok    name: hub.local is 127.0.0.1"));
    EXPECT_THAT(out.str(), HasSubstr("ok    service: lockhub 0.1.0"));
    EXPECT_THAT(out.str(), HasSubstr("ok    right: registryWrite is there"));
    EXPECT_THAT(out.str(), HasSubstr("ok    round trip"));
    EXPECT_THAT(out.str(), Not(HasSubstr("→")));
}

TEST_F(DoctorTest, ANameThatNobodyKnowsEndsIt) {
    addresses = base::Error{base::Errc::not_found, "'hub.local' cannot be resolved"};
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::failure);
    EXPECT_THAT(out.str(), HasSubstr("FAIL  name: 'hub.local' cannot be resolved\n      → is the HostName"));
    EXPECT_TRUE(hub.requests.empty());
}

TEST_F(DoctorTest, AHubThatDoesNotAnswerEndsIt) {
    hub.fail("GET /lockhub/v1/capabilities", {base::Errc::unavailable, "connection refused"});
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::failure);
    EXPECT_THAT(out.str(), HasSubstr("FAIL  service: connection refused"));
}

TEST_F(DoctorTest, AClockThatIsWrongIsNamedBeforeTheTokenThatItSpoils) {
    hub_says(std::chrono::minutes(10));
    refuse(read);
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::failure);
    EXPECT_THAT(out.str(), HasSubstr("FAIL  clock: this machine is 10m behind the hub"));
    EXPECT_THAT(out.str(), Not(HasSubstr("  token:")));
}

TEST_F(DoctorTest, AKeyThatIsWrongIsToldFromARightThatIsMissing) {
    hub_says();
    refuse("GET /jobs/v2/query");
    refuse(read);
    refuse(write);
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::not_authorised);
    EXPECT_THAT(out.str(), HasSubstr("ok    token"));
    EXPECT_THAT(out.str(), HasSubstr("FAIL  right: registryRead is missing"));
    EXPECT_THAT(out.str(), HasSubstr("ok    right: serviceConnect"));
    refuse(call);
    Bench wrong_key;
    for (const auto& route :
         {std::string("GET /lockhub/v1/capabilities"), std::string("GET /jobs/v2/query"), read, call})
        wrong_key.hub.answer(route, 401, unauthorized);
    EXPECT_EQ(run(Doctor{}, wrong_key.context).exit, Exit::failure);
    EXPECT_THAT(wrong_key.out.str(), HasSubstr("FAIL  token"));
}

// A hub makes who is refused again and again wait, and that would be measured.
TEST_F(DoctorTest, TheRoundTripIsMeasuredByWhatThePolicyMayAsk) {
    hub_says();
    refuse(read);
    refuse(write);
    (void)run(Doctor{}, context);
    EXPECT_THAT(out.str(), HasSubstr("ok    round trip"));
    EXPECT_LE(hub.asked(read).size(), 2U);
    EXPECT_GE(hub.asked(call).size(), 5U);
}

TEST_F(DoctorTest, AsJsonTheFindingsAreOneArray) {
    hub_says();
    context.output.format = Format::json;
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(), HasSubstr(R"({"check":"name","result":"ok","found":"hub.local is 127.0.0.1"})"));
    const auto findings = base::Json::parse(out.str());
    ASSERT_TRUE(findings) << out.str();
    EXPECT_GE(findings->size(), 7U);
}

TEST_F(DoctorTest, AnExaminationThatEndsEarlyIsADocumentToo) {
    addresses = base::Error{base::Errc::not_found, "'hub.local' cannot be resolved"};
    context.output.format = Format::json;
    EXPECT_EQ(run(Doctor{}, context).exit, Exit::failure);
    const auto findings = base::Json::parse(out.str());
    ASSERT_TRUE(findings) << out.str();
    EXPECT_EQ(findings->size(), 1U);
}

}  // namespace
}  // namespace cli
