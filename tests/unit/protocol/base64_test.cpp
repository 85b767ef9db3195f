#include "protocol/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace {

using protocol::decode_base64;
using protocol::encode_base64;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> rfc_4648_vectors{
    {{"", ""},
     {"f", "Zg=="},
     {"fo", "Zm8="},
     {"foo", "Zm9v"},
     {"foob", "Zm9vYg=="},
     {"fooba", "Zm9vYmE="},
     {"foobar", "Zm9vYmFy"}}};

TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
    for (const auto& [bytes, text] : rfc_4648_vectors) {
        EXPECT_EQ(encode_base64(bytes), text);
        ASSERT_TRUE(decode_base64(text)) << text;
        EXPECT_EQ(*decode_base64(text), bytes);
    }
}

TEST(Base64, CarriesEveryByteValue) {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    const std::string text = encode_base64(bytes);
    EXPECT_THAT(text, HasSubstr("+/"));
    ASSERT_TRUE(decode_base64(text));
    EXPECT_EQ(*decode_base64(text), bytes);
}

// §1.3: .NET takes a key whose last character has bits to spare.
TEST(Base64, IgnoresTheUnusedBitsOfTheLastCharacter) {
    ASSERT_TRUE(decode_base64("Zh=="));
    EXPECT_EQ(*decode_base64("Zh=="), "f");
}

TEST(Base64, RefusesWhatIsNoBase64WithoutRepeatingIt) {
    for (const std::string_view text : {"Zg=", "Zg", "Z", "Zm9v=", "Zm 9v===", "Z===", "====", "Zm9v\n",
                                        "Zm-_", "=g==", "Zg==Zg==", "Zm\xc3\xa9="}) {
        const auto decoded = decode_base64(text);
        ASSERT_FALSE(decoded) << text;
        EXPECT_EQ(decoded.error().code, base::Errc::invalid_argument);
        EXPECT_THAT(decoded.error().message, HasSubstr("not base64"));
    }
    const auto decoded = decode_base64("c2VjcmV0*ey=");
    ASSERT_FALSE(decoded);
    EXPECT_THAT(decoded.error().message, HasSubstr("character 9"));
    EXPECT_THAT(decoded.error().message, Not(HasSubstr("c2Vj")));
}

}  // namespace
