#include "protocol/sas.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using base::SystemTime;
using protocol::make_sas_token;
using protocol::parse_sas_token;
using protocol::resource_covers;
using protocol::resource_host;
using protocol::signature_matches;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr std::string_view other_key = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
constexpr SystemTime expiry{seconds(1900000000)};

constexpr std::string_view device_token =
    "SharedAccessSignature "
    "sr=hub.local%2Fdevices%2Fdev-01&sig=pO%2BIA18p83EFvQ0pKxEC9yMTkVuJyCMhGn81PhzRjTA%3D&se="
    "1900000000";
constexpr std::string_view service_token =
    "SharedAccessSignature "
    "sr=hub.local&sig=jfJuu45FYAdN0osQ2KTrytfaUE%2BP0bz2Libpz4s00eA%3D&se=1900000000&skn=service";

// §1.3, test vectors.
TEST(Sas, MakesTheTokensOfTheSheet) {
    EXPECT_EQ(*make_sas_token("hub.local/devices/dev-01", key, expiry), device_token);
    EXPECT_EQ(*make_sas_token("hub.local", key, expiry, "service"), service_token);
}

// §1.3
TEST(Sas, ReadsAndVerifiesADeviceToken) {
    const auto token = parse_sas_token(device_token);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->resource_raw, "hub.local%2Fdevices%2Fdev-01");
    EXPECT_EQ(token->resource, "hub.local/devices/dev-01");
    EXPECT_EQ(token->expiry, expiry);
    EXPECT_EQ(token->policy, "");
    EXPECT_EQ(token->signature.size(), 32U);
    EXPECT_TRUE(signature_matches(*token, key));
    EXPECT_FALSE(signature_matches(*token, other_key));
    EXPECT_FALSE(signature_matches(*token, "no base64"));
    EXPECT_FALSE(signature_matches(*token, ""));
}

// §2.1: a Node service token has the order sr, sig, skn, se; Python leaves '/' raw in sig; '+' and '=' may be
// raw.
TEST(Sas, ReadsFieldsInAnyOrderAndHalfEncodedSignatures) {
    for (const std::string_view text : {
             "SharedAccessSignature "
             "sr=hub.local&sig=jfJuu45FYAdN0osQ2KTrytfaUE%2BP0bz2Libpz4s00eA%3D&skn=service&se="
             "1900000000",
             "SharedAccessSignature "
             "sig=jfJuu45FYAdN0osQ2KTrytfaUE+P0bz2Libpz4s00eA=&se=1900000000&sr=hub.local&skn="
             "service",
             "sharedaccesssignature se=1900000000&skn=service&sr=hub.local&x=y&sig="
             "jfJuu45FYAdN0osQ2KTrytfaUE%2bP0bz2Libpz4s00eA%3d",
         }) {
        const auto token = parse_sas_token(text);
        ASSERT_TRUE(token) << text;
        EXPECT_EQ(token->policy, "service");
        EXPECT_EQ(token->resource, "hub.local");
        EXPECT_TRUE(signature_matches(*token, key)) << text;
    }
}

// §1.3: the signature covers sr as it stands there; %2f and %2F are different texts.
TEST(Sas, VerifiesOverTheRawResource) {
    std::string lower(device_token);
    for (std::size_t at = lower.find("%2Fdev"); at != std::string::npos; at = lower.find("%2Fdev"))
        lower.replace(at, 3, "%2f");
    const auto token = parse_sas_token(lower);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->resource, "hub.local/devices/dev-01");
    EXPECT_FALSE(signature_matches(*token, key));
}

TEST(Sas, NoticesAChangedExpiry) {
    std::string longer(device_token);
    longer.replace(longer.find("1900000000"), 10, "1900000001");
    EXPECT_FALSE(signature_matches(*parse_sas_token(longer), key));
}

// §1.3: old tokens carry the api-version behind the device id.
TEST(Sas, StripsAnOldApiVersion) {
    const auto token =
        parse_sas_token("SharedAccessSignature sr=h%2Fdevices%2Fd1%2Fapi-version%3D2016-11-14&sig=AAAA&se=1");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->resource, "h/devices/d1");
}

TEST(Sas, RoundTripsUnusualIdentifiers) {
    for (const std::string_view resource :
         {"h/devices/!'()*", "h/devices/a%2Fb", "localhost:39883/devices/d1", "h/devices/d+1/modules/m#"}) {
        const auto text = make_sas_token(resource, key, expiry, "a policy&=");
        ASSERT_TRUE(text);
        const auto token = parse_sas_token(*text);
        ASSERT_TRUE(token) << *text;
        EXPECT_EQ(token->resource, resource);
        EXPECT_EQ(token->policy, "a policy&=");
        EXPECT_TRUE(signature_matches(*token, key));
    }
}

TEST(Sas, HoldsExpiriesThatNoClockReaches) {
    const auto token = parse_sas_token("SharedAccessSignature sr=h&sig=AAAA&se=999999999999999999");
    ASSERT_TRUE(token);
    EXPECT_GT(token->expiry, expiry);
    EXPECT_GT(token->expiry + std::chrono::hours(1), token->expiry);  // grace can be added
    EXPECT_EQ(token->expiry_raw, "999999999999999999");
}

TEST(Sas, RefusesAKeyThatIsNone) {
    EXPECT_FALSE(make_sas_token("h", "", expiry));
    const auto token = make_sas_token("h", "secret-key!", expiry);
    ASSERT_FALSE(token);
    EXPECT_THAT(token.error().message, HasSubstr("not base64"));
    EXPECT_THAT(token.error().message, Not(HasSubstr("secret")));
}

TEST(Sas, RefusesMalformedTokensAndNamesTheField) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "SharedAccessSignature"},
        {"Bearer abc", "SharedAccessSignature"},
        {"SharedAccessSignature", "SharedAccessSignature"},
        {"SharedAccessSignature ", "sr, the resource, is missing"},
        {"SharedAccessSignature sr=&sig=AAAA&se=1", "sr, the resource, is missing"},
        {"SharedAccessSignature sr=h&se=1", "sig, the signature, is missing"},
        {"SharedAccessSignature sr=h&sig=AAAA", "se, the expiry, is missing"},
        {"SharedAccessSignature sr=h&sig=AAAA&se=", "se is no number"},
        {"SharedAccessSignature sr=h&sig=AAAA&se=-1", "se is no number"},
        {"SharedAccessSignature sr=h&sig=AAAA&se=1e9", "se is no number"},
        {"SharedAccessSignature sr=h&sig=AAAA&se=1 ", "se is no number"},
        {"SharedAccessSignature sr=h&sig=AAAA&se=9999999999999999999", "se is no number"},
        {"SharedAccessSignature sr=h&sig=AAAA&se=1&se=2", "se is there twice"},
        {"SharedAccessSignature sr=h&sr=h&sig=AAAA&se=1", "sr is there twice"},
        {"SharedAccessSignature sr=%zz&sig=AAAA&se=1", "sr: "},
        {"SharedAccessSignature sr=h&sig=AAA&se=1", "sig: not base64"},
        {"SharedAccessSignature sr=h&sig=%4&se=1", "sig: "},
        {"SharedAccessSignature sr=h&sig=AAAA&se=1&skn=%", "skn: "},
        {"SharedAccessSignature sr=h&sig=AAAA&se=1&oops", "a field has no '='"},
        {"SharedAccessSignature &sr=h&sig=AAAA&se=1", "a field has no '='"},
    };
    for (const auto& [text, expected] : cases) {
        const auto token = parse_sas_token(text);
        ASSERT_FALSE(token) << text;
        EXPECT_EQ(token.error().code, base::Errc::unauthorized);
        EXPECT_THAT(token.error().message, HasSubstr(expected)) << text;
    }
}

TEST(Sas, BoundsTheLengthOfAToken) {
    EXPECT_FALSE(parse_sas_token("SharedAccessSignature sr=" + std::string(5000, 'h') + "&sig=AAAA&se=1"));
}

// §1.3: scope is by whole segments; host and id compare without case, the host without its port.
TEST(Sas, ScopesByWholeSegments) {
    EXPECT_TRUE(resource_covers("hub.local/devices/dev-01", "devices/dev-01"));
    EXPECT_TRUE(resource_covers("hub.local/devices/DEV-01/", "devices/dev-01"));
    EXPECT_TRUE(resource_covers("hub.local", "devices/dev-01"));
    EXPECT_TRUE(resource_covers("hub.local/", "devices/dev-01"));
    EXPECT_TRUE(resource_covers("hub.local/devices", "devices/dev-01"));
    EXPECT_TRUE(resource_covers("hub.local/devices/d", "devices/d/modules/m"));
    EXPECT_TRUE(resource_covers("hub.local", ""));
    EXPECT_FALSE(resource_covers("hub.local/devices/d", "devices/d1"));
    EXPECT_FALSE(resource_covers("hub.local/devices/d1", "devices/d"));
    EXPECT_FALSE(resource_covers("hub.local/devices/d/modules/m", "devices/d"));
    EXPECT_FALSE(resource_covers("hub.local/dev", "devices/d"));
    EXPECT_FALSE(resource_covers("hub.local/devices/d", ""));
}

// §1.3: Node's sr contains the port of HostName.
TEST(Sas, FindsTheHostOfAResource) {
    EXPECT_EQ(resource_host("hub.local/devices/d1"), "hub.local");
    EXPECT_EQ(resource_host("localhost:39883/devices/d1"), "localhost");
    EXPECT_EQ(resource_host("hub.local"), "hub.local");
    EXPECT_EQ(resource_host("[::1]:8883/devices/d:1"), "::1");
    EXPECT_EQ(resource_host(""), "");
    EXPECT_EQ(resource_host("["), "[");
}

}  // namespace
