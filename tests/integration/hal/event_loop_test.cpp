#include "hal/event_loop.hpp"

#include "hal/descriptor.hpp"
#include "tests/integration/hal/running_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using hal::Descriptor;
using hal::EventLoop;

struct EventLoopTest : testing::Test, RunningLoop {
    static base::SteadyTime now() { return std::chrono::steady_clock::now(); }
};

struct Pipe {
    Descriptor read;
    Descriptor write;
    Pipe() {
        int fds[2] = {-1, -1};
        if (::pipe(fds) != 0) std::abort();
        read = Descriptor(fds[0]);
        write = Descriptor(fds[1]);
    }
    void put() const { ASSERT_EQ(::write(write.get(), "x", 1), 1); }
    void take() const {
        char c = 0;
        ASSERT_EQ(::read(read.get(), &c, 1), 1);
    }
};

TEST_F(EventLoopTest, CallsTimersInTheOrderInWhichTheyAreDue) {
    std::vector<int> order;
    const auto start = now();
    const auto third = loop.call_at(start + 6ms, [&] {
        order.push_back(3);
        loop.stop();
    });
    const auto first = loop.call_at(start + 2ms, [&] { order.push_back(1); });
    const auto second = loop.call_at(start + 2ms, [&] { order.push_back(2); });
    loop.run();
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    EXPECT_GE(now(), start + 6ms);
    EXPECT_FALSE(first.active());
}

TEST_F(EventLoopTest, ATimerIsNeverEarly) {
    for (const auto delay : {1us, 77us, 500us, 1999us}) {
        const auto due = now() + delay;
        base::SteadyTime called;
        const auto timer = loop.call_at(due, [&] {
            called = now();
            loop.stop();
        });
        loop.run();
        EXPECT_GE(called, due);
    }
}

TEST_F(EventLoopTest, ATimerThatIsDueAlreadyIsCalledOnTheNextTurn) {
    bool called = false;
    const auto timer = loop.call_at(now() - 1h, [&] { called = true; });
    EXPECT_FALSE(called);
    EXPECT_TRUE(run_until([&] { return called; }));
}

TEST_F(EventLoopTest, ADroppedTimerIsNotCalled) {
    bool called = false;
    auto timer = loop.call_after(1ms, [&] { called = true; });
    EXPECT_TRUE(timer.active());
    timer.reset();
    EXPECT_FALSE(timer.active());
    run_for(5ms);
    EXPECT_FALSE(called);
}

TEST_F(EventLoopTest, ATimerDroppedByOneThatIsDueAtTheSameTimeIsNotCalled) {
    bool called = false;
    EventLoop::Registration second;
    const auto due = now() + 1ms;
    const auto first = loop.call_at(due, [&] { second.reset(); });
    second = loop.call_at(due, [&] { called = true; });
    run_for(5ms);
    EXPECT_FALSE(called);
}

TEST_F(EventLoopTest, AHandlerMayReplaceItsOwnRegistration) {
    int calls = 0;
    EventLoop::Registration timer;
    std::function<void()> again = [&] {
        if (++calls == 5)
            loop.stop();
        else
            timer = loop.call_after(0ns, again);
    };
    timer = loop.call_after(0ns, again);
    loop.run();
    EXPECT_EQ(calls, 5);
}

TEST_F(EventLoopTest, AHandlerThatAlwaysAsksAgainDoesNotStarveTheOthers) {
    EventLoop::Registration timer;
    std::function<void()> again = [&] { timer = loop.call_after(0ns, again); };
    timer = loop.call_after(0ns, again);
    const Pipe pipe;
    pipe.put();
    bool read = false;
    const auto reader = loop.on_readable(pipe.read.get(), [&] {
        pipe.take();
        read = true;
    });
    bool posted = false;
    loop.post([&] { posted = true; });
    EXPECT_TRUE(run_until([&] { return read && posted; }));
}

TEST_F(EventLoopTest, CallsForEveryTimeADescriptorIsReadable) {
    const Pipe pipe;
    int calls = 0;
    const auto reader = loop.on_readable(pipe.read.get(), [&] {
        pipe.take();
        ++calls;
    });
    pipe.put();
    pipe.put();
    EXPECT_TRUE(run_until([&] { return calls == 2; }));
    pipe.put();
    EXPECT_TRUE(run_until([&] { return calls == 3; }));
}

TEST_F(EventLoopTest, AnEndOfFileIsReadable) {
    Pipe pipe;
    bool called = false;
    EventLoop::Registration reader;
    reader = loop.on_readable(pipe.read.get(), [&] {
        called = true;
        reader.reset();
    });
    pipe.write = Descriptor();
    EXPECT_TRUE(run_until([&] { return called; }));
}

TEST_F(EventLoopTest, AReaderDroppedByAnotherInTheSameTurnIsNotCalled) {
    const Pipe one;
    const Pipe two;
    one.put();
    two.put();
    int calls = 0;
    EventLoop::Registration first;
    EventLoop::Registration second;
    first = loop.on_readable(one.read.get(), [&] {
        ++calls;
        first.reset();
        second.reset();
    });
    second = loop.on_readable(two.read.get(), [&] {
        ++calls;
        first.reset();
        second.reset();
    });
    run_for(5ms);
    EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, ADescriptorMayBeRegisteredAnewAfterItHasLeft) {
    const Pipe pipe;
    loop.on_readable(pipe.read.get(), [] {}).reset();
    bool called = false;
    EventLoop::Registration again;
    again = loop.on_readable(pipe.read.get(), [&] {
        called = true;
        again.reset();
    });
    pipe.put();
    EXPECT_TRUE(run_until([&] { return called; }));
}

TEST_F(EventLoopTest, WorkFromOtherThreadsRunsOnTheLoopInTheirOrder) {
    constexpr int threads = 4;
    constexpr int each = 500;
    std::vector<int> last(threads, -1);
    int done = 0;
    bool in_order = true;
    const auto loop_thread = std::this_thread::get_id();
    bool on_loop = true;
    std::vector<std::thread> posters;
    posters.reserve(threads);
    for (int t = 0; t < threads; ++t) {
        posters.emplace_back([&, t] {
            for (int i = 0; i < each; ++i)
                loop.post([&, t, i] {
                    on_loop = on_loop && std::this_thread::get_id() == loop_thread;
                    auto& before = last[static_cast<std::size_t>(t)];
                    in_order = in_order && before == i - 1;
                    before = i;
                    ++done;
                });
        });
    }
    EXPECT_TRUE(run_until([&] { return done == threads * each; }));
    for (auto& poster : posters)
        poster.join();
    EXPECT_TRUE(in_order);
    EXPECT_TRUE(on_loop);
}

TEST_F(EventLoopTest, WorkPostedBeforeStopIsStillRun) {
    bool ran = false;
    std::thread poster([&] {
        loop.post([&] { ran = true; });
        loop.stop();
    });
    loop.run();
    poster.join();
    EXPECT_TRUE(ran);
}

TEST_F(EventLoopTest, WorkMayPostMoreWorkAndRegister) {
    bool timer_ran = false;
    EventLoop::Registration timer;
    loop.post([&] { loop.post([&] { timer = loop.call_after(0ns, [&] { timer_ran = true; }); }); });
    EXPECT_TRUE(run_until([&] { return timer_ran; }));
}

TEST_F(EventLoopTest, ARegistrationMayOutliveTheLoop) {
    const Pipe pipe;
    auto timer = loop.call_after(1h, [] {});
    auto reader = loop.on_readable(pipe.read.get(), [] {});
    owner.reset();
    EXPECT_FALSE(timer.active());
    EXPECT_FALSE(reader.active());
    timer.reset();
}

TEST_F(EventLoopTest, WhatAHandlerHoldsIsReleasedWithItsRegistration) {
    const auto held = std::make_shared<int>(1);
    auto timer = loop.call_after(1h, [held] {});
    EXPECT_EQ(held.use_count(), 2);
    timer.reset();
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(EventLoopTest, SleepsWhenThereIsNothingToDo) {
    const auto cpu_before = std::clock();
    run_for(300ms);
    const auto used = static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
    EXPECT_LT(used, 0.1);
}

}  // namespace
