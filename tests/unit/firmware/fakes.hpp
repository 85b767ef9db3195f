#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "firmware/mqtt_client.hpp"
#include "firmware/state_keeper.hpp"
#include "firmware/telemetry.hpp"

#include <cassert>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firmware {

inline base::Log silent_log() {
    return base::Log(base::Level::error, [](base::Level, std::string_view) {});
}

// A disk that finishes when it is told to, or fails, or forgets everything that is under way.
class FakeStore final : public StateStore {
  public:
    explicit FakeStore(std::optional<std::string> durable = std::nullopt) : durable_(std::move(durable)) {}

    void save(std::string text, Done done) override {
        waiting_.emplace_back(std::move(text), std::move(done));
    }

    // What becomes of a mark is decided with the next text.
    void mark_fire(const FireMark& mark, Done done) override { marks_.emplace_back(mark, std::move(done)); }

    [[nodiscard]] bool busy() const { return !waiting_.empty(); }
    // The text that a restart would find.
    [[nodiscard]] const std::optional<std::string>& durable() const { return durable_; }
    [[nodiscard]] const std::optional<FireMark>& mark() const { return mark_; }
    [[nodiscard]] std::size_t marks_waiting() const { return marks_.size(); }
    [[nodiscard]] unsigned writes() const { return writes_; }

    void finish_one() {
        assert(busy());
        keep_marks();
        auto [text, done] = std::move(waiting_.front());
        waiting_.pop_front();
        ++writes_;
        durable_ = std::move(text);
        done({});
    }
    void finish_all() {
        while (busy())
            finish_one();
    }
    void fail_one() {
        assert(busy());
        for (auto& [mark, done] : std::exchange(marks_, {}))
            done(base::Error{base::Errc::io, "the disk is dead"});
        refuse_text();
    }
    // The disk is full: it takes what is written in place.
    void refuse_one() {
        assert(busy());
        keep_marks();
        refuse_text();
    }

  private:
    void keep_marks() {
        for (auto& [mark, done] : std::exchange(marks_, {})) {
            mark_ = mark;
            done({});
        }
    }
    void refuse_text() {
        auto [text, done] = std::move(waiting_.front());
        waiting_.pop_front();
        done(base::Error{base::Errc::io, "the disk is full"});
    }

    std::deque<std::pair<std::string, Done>> waiting_;
    std::deque<std::pair<FireMark, Done>> marks_;
    std::optional<std::string> durable_;
    std::optional<FireMark> mark_;
    unsigned writes_ = 0;
};

// The same for telemetry: keeps what the file would hold.
class FakeTelemetryStore final : public TelemetryStore {
  public:
    explicit FakeTelemetryStore(std::string durable = {}) : durable_(std::move(durable)) {}

    void append(std::string lines, Done done) override { put({false, std::move(lines), std::move(done)}); }
    void replace(std::string lines, Done done) override { put({true, std::move(lines), std::move(done)}); }

    [[nodiscard]] bool busy() const { return waiting_.has_value(); }
    // The text that a restart would find.
    [[nodiscard]] const std::string& durable() const { return durable_; }
    [[nodiscard]] unsigned writes() const { return writes_; }
    [[nodiscard]] unsigned rewrites() const { return rewrites_; }

    void finish() {
        const Write write = take();
        ++writes_;
        if (write.anew) ++rewrites_;
        durable_ = write.anew ? write.lines : durable_ + write.lines;
        write.done({});
    }
    void fail() { take().done(base::Error{base::Errc::io, "the disk is full"}); }
    // The power goes in the midst of a write, which leaves this much of it.
    void tear(std::size_t bytes) {
        const Write write = take();
        if (!write.anew) durable_ += write.lines.substr(0, bytes);
    }

  private:
    struct Write {
        bool anew = false;
        std::string lines;
        Done done;
    };
    void put(Write write) {
        assert(!busy());
        waiting_ = std::move(write);
    }
    Write take() {
        assert(busy());
        Write write = std::move(*waiting_);
        waiting_.reset();
        return write;
    }

    std::optional<Write> waiting_;
    std::string durable_;
    unsigned writes_ = 0;
    unsigned rewrites_ = 0;
};

// A broker at the end of a wire: keeps what was asked of it; the test plays the hub.
class FakeMqttClient final : public MqttClient {
  public:
    struct Published {
        std::string topic;
        std::string payload;
    };

    void on_events(Events given) override { events = std::move(given); }
    void connect(const MqttConnect& connect) override { connects.push_back(connect); }
    void subscribe(const std::vector<std::string>& wanted) override { filters = wanted; }
    base::Result<void> publish(const std::string& topic, const std::string& payload) override {
        if (full) return base::Error{base::Errc::unavailable, "too much is under way"};
        published.push_back({topic, payload});
        return {};
    }
    base::Result<void> publish_acknowledged(const std::string& topic, const std::string& payload,
                                            std::uint64_t number) override {
        if (full) return base::Error{base::Errc::unavailable, "too much is under way"};
        published.push_back({topic, payload});
        under_way.push_back(number);
        return {};
    }
    void disconnect() override { ++disconnects; }

    // The newest message whose topic begins so; empty if there is none.
    [[nodiscard]] Published last(std::string_view prefix) const {
        for (auto it = published.rbegin(); it != published.rend(); ++it) {
            if (it->topic.starts_with(prefix)) return *it;
        }
        return {};
    }

    Events events;
    std::vector<MqttConnect> connects;
    std::vector<std::string> filters;
    std::vector<Published> published;
    std::vector<std::uint64_t> under_way;  // numbers of what was published at QoS 1
    bool full = false;
    unsigned disconnects = 0;
};

}  // namespace firmware
