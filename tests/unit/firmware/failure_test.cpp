#include "firmware/mqtt/failure.hpp"

#include <gtest/gtest.h>

namespace firmware {
namespace {

using Kind = MqttFailure::Kind;

TEST(FailureTest, TellsAWrongKeyFromADeadNetworkAndAWrongCertificate) {
    EXPECT_EQ(explain_failure(5, "", "").kind, Kind::credentials);
    EXPECT_EQ(explain_failure(4, "", "").kind, Kind::credentials);
    EXPECT_EQ(explain_failure(3, "", "").kind, Kind::network);
    EXPECT_EQ(explain_failure(1, "", "").kind, Kind::protocol);
    EXPECT_EQ(explain_failure(-1, "TCP connect timeout", "").kind, Kind::network);
    EXPECT_EQ(
        explain_failure(-1, "TCP/TLS connect failure",
                        "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify "
                        "failed\n")
            .kind,
        Kind::certificate);
}

TEST(FailureTest, GivesTheReasonInOneLine) {
    const MqttFailure failure =
        explain_failure(-1, "x", "error:0A00010B:SSL routines:ssl3_get_record:wrong version number\nmore");
    EXPECT_EQ(failure.reason, "TLS: wrong version number");
    EXPECT_FALSE(explain_failure(-1, "", "").reason.empty());
}

// As ERR_print_errors_cb() of OpenSSL 3 prints it.
TEST(FailureTest, FindsTheReasonBetweenThreadAndPlace) {
    const MqttFailure failure =
        explain_failure(-1, "x",
                        "00A1B2C3D4E5F607:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:"
                        "../ssl/record/ssl3_record.c:354:\n");
    EXPECT_EQ(failure.reason, "TLS: wrong version number");
    EXPECT_EQ(explain_failure(-1, "x", "something else").reason, "TLS: something else");
}

}  // namespace
}  // namespace firmware
