#include "scheduler/http/stream_body.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace http {
namespace {

TEST(StreamBody, KeepsWhatIsWrittenBeforeTheHeaderHasLeft) {
    StreamBody body;
    body.write("one");
    int ready = 0;
    body.open([&] { ++ready; });
    body.write(" two");
    EXPECT_EQ(ready, 1);
    EXPECT_EQ(body.waiting(), 7U);
    EXPECT_EQ(body.take(), "one two");
    EXPECT_EQ(body.waiting(), 7U);  // on its way
    body.left();
    EXPECT_EQ(body.waiting(), 0U);
}

TEST(StreamBody, SaysWhenAllOfItHasLeft) {
    StreamBody body;
    int drained = 0;
    body.on_drained([&] { ++drained; });
    body.write("one");
    (void)body.take();
    body.write("two");
    body.left();
    EXPECT_EQ(drained, 0);
    (void)body.take();
    body.left();
    EXPECT_EQ(drained, 1);
}

TEST(StreamBody, EndsBehindItsLastBytes) {
    StreamBody body;
    body.write("one");
    body.finish();
    body.write("two");
    EXPECT_FALSE(body.finished());
    EXPECT_EQ(body.take(), "one");
    EXPECT_TRUE(body.finished());
}

TEST(StreamBody, SaysOnceThatNobodyListensAndMayBeDroppedThen) {
    auto body = std::make_shared<StreamBody>();
    StreamBody* raw = body.get();
    int closed = 0;
    body->on_closed([&] { ++closed; });
    body->write("one");
    const std::shared_ptr<StreamBody> held = body;
    raw->close();
    raw->close();
    EXPECT_EQ(closed, 1);
    EXPECT_TRUE(raw->closed());
    raw->write("two");
    EXPECT_EQ(raw->waiting(), 0U);
}

}  // namespace
}  // namespace http
