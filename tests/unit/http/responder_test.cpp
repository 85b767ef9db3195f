#include "scheduler/http/responder.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace http {
namespace {

class ResponderTest : public ::testing::Test {
  protected:
    Responder make() {
        return Responder([this](Response response) { answers_.push_back(std::move(response)); });
    }
    std::vector<Response> answers_;
};

TEST_F(ResponderTest, AnswersAtOnce) {
    const Responder responder = make();
    EXPECT_FALSE(responder.answered());
    responder.answer(json_response(200, "{}"));
    EXPECT_TRUE(responder.answered());
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].status, 200);
}

TEST_F(ResponderTest, WordsTheAnswerToWhatWasDroppedAsItIsTold) {
    {
        const Responder dropped([this](Response response) { answers_.push_back(std::move(response)); },
                                [](int status, std::string_view) { return json_response(status, "worded"); });
    }
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].status, 500);
    EXPECT_EQ(answers_[0].body, "worded");
}

TEST_F(ResponderTest, ACopyAnswersLaterForTheOneThatWent) {
    std::optional<Responder> kept;
    {
        const Responder responder = make();
        kept = responder;
    }
    EXPECT_TRUE(answers_.empty());
    kept->answer(json_response(202, ""));
    kept.reset();
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].status, 202);
}

TEST_F(ResponderTest, OnlyTheFirstAnswerCounts) {
    const Responder responder = make();
    const Responder copy = responder;  // NOLINT(performance-unnecessary-copy-initialization)
    responder.answer(json_response(200, ""));
    copy.answer(json_response(400, ""));
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].status, 200);
}

TEST_F(ResponderTest, DroppingTheLastCopyAnswers500) {
    { const Responder responder = make(); }
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].status, 500);
}

TEST_F(ResponderTest, ASinkMayDropTheResponderWithoutASecondAnswer) {
    std::optional<Responder> responder;
    int calls = 0;
    responder.emplace([&](const Response&) {
        ++calls;
        responder.reset();
    });
    const Responder last = *responder;
    last.answer(json_response(200, ""));
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace http
