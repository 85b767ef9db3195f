#include "protocol/hmac.hpp"

#include "protocol/base64.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using protocol::equal_in_constant_time;
using protocol::hmac_sha256;

std::string base64_of(const protocol::Sha256Digest& digest) {
    return protocol::encode_base64({digest.data(), digest.size()});
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(Hmac, AgreesWithTheVectorsOfRfc4231) {
    EXPECT_EQ(base64_of(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
    EXPECT_EQ(base64_of(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    EXPECT_EQ(base64_of(hmac_sha256(std::string(131, '\xaa'),
                                    "Test Using Larger Than Block-Size Key - Hash Key First")),
              "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=");
}

TEST(Hmac, TakesAnEmptyKeyAsAKeyOfItsOwn) {
    const auto digest = hmac_sha256(std::string_view(), "message");
    EXPECT_NE(digest, hmac_sha256("other", "message"));
    EXPECT_EQ(digest, hmac_sha256("", "message"));
}

TEST(Hmac, ComparesInConstantTime) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

}  // namespace
