#include "firmware/telemetry.hpp"
#include "protocol/property_bag.hpp"
#include "tests/unit/firmware/fakes.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

namespace firmware {
namespace {

// A door, a disk, a wire and a hub, of which anything may fail at any moment. At the end all goes well again,
// and what was promised is checked: every event that was durable has arrived, in order of its first arrival,
// or is counted as dropped; and an id never means two different events.
class Travel {
  public:
    Travel(unsigned seed, TelemetryLimits limits) : random_(seed), limits_(limits) { start(); }

    void step() {
        clock_.advance(std::chrono::milliseconds(random_() % 1500));
        door_->tick();
        switch (random_() % 16) {
            case 0:
            case 1:
            case 2:
            case 3:
                return add();
            case 4:
                return connect();
            case 5:
                return cut_wire();
            case 6:
                if (store_->busy()) store_->fail();
                return;
            case 7:
                if (random_() % 4 == 0) power_cut();
                return;
            case 8:
            case 9:
            case 10:
                return finish_write();
            case 11:
            case 12:
            case 13:
                return hub_receives();
            default:
                return door_hears();
        }
    }
    void settle() {
        for (int i = 0; i < 5000 && (door_->waiting() > 0 || store_->busy()); ++i) {
            clock_.advance(std::chrono::seconds(1));
            door_->tick();
            finish_write();
            connect();
            hub_receives();
            door_hears();
        }
        EXPECT_EQ(door_->waiting(), 0U);
    }
    void check() const {
        std::uint64_t missing = 0;
        for (const auto& [number, body] : durable_)
            missing += arrived_.contains(body) ? 0U : 1U;
        EXPECT_LE(missing, door_->dropped());
    }
    [[nodiscard]] std::size_t arrived() const { return arrived_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return door_->dropped(); }

  private:
    struct Message {
        std::string id;
        std::string body;
        std::uint64_t number;
    };

    // The file by value: it comes from the store that ends here.
    void start(std::string file = {}) {
        store_ = std::make_unique<FakeTelemetryStore>(file);
        door_ = std::make_unique<Telemetry>(parse_telemetry(file), "cafe", "door-1", limits_, *store_, clock_,
                                            log_, [] {});
    }
    void add() {
        door_->add({.kind = "operation",
                    .facts = base::Json::object({{"nonce", static_cast<std::int64_t>(++nonce_)}}),
                    .at = clock_.system_now(),
                    .clock_trusted = random_() % 2 == 0});
    }
    void finish_write() {
        if (!store_->busy()) return;
        store_->finish();
        for (const TelemetryRecord& record : parse_telemetry(store_->durable()).waiting)
            durable_[record.number] = record.body;
    }
    void connect() {
        if (std::exchange(connected_, true)) return;
        last_on_wire_ = 0;
        door_->connected([this](const std::string& topic, const std::string& body, std::uint64_t number) {
            if (random_() % 10 == 0) return base::Result<void>(base::Error{base::Errc::unavailable, "full"});
            const auto bag = protocol::parse_property_bag(topic.substr(topic.rfind('/') + 1));
            to_hub_.push_back({protocol::find_property(*bag, "$.mid")->value.value_or(""), body, number});
            EXPECT_GT(number, std::exchange(last_on_wire_, number)) << "in order on one connection";
            return base::Result<void>();
        });
    }
    void cut_wire() {
        if (!std::exchange(connected_, false)) return;
        to_hub_.clear();
        to_door_.clear();
        door_->disconnected();
    }
    void power_cut() {
        to_hub_.clear();
        to_door_.clear();
        connected_ = false;
        if (store_->busy()) store_->tear(random_() % 300);
        start(store_->durable());
    }
    void hub_receives() {
        if (to_hub_.empty()) return;
        const Message message = to_hub_.front();
        to_hub_.pop_front();
        to_door_.push_back(message.number);
        const auto [known, fresh] = ids_.emplace(message.id, message.body);
        EXPECT_EQ(known->second, message.body) << "one id, two events";
        if (!arrived_.insert(message.body).second) return;
        // One that was dropped can come back from the disk after a power cut, behind others.
        if (door_->dropped() > 0) return;
        if (durable_.contains(message.number) && durable_[message.number] == message.body) {
            EXPECT_GT(message.number, newest_) << "the first arrivals are in order";
            newest_ = message.number;
        }
    }
    void door_hears() {
        if (to_door_.empty()) return;
        door_->delivered(to_door_.front());
        to_door_.pop_front();
    }

    std::minstd_rand random_;
    TelemetryLimits limits_;
    base::ManualClock clock_;
    base::Log log_ = silent_log();
    std::unique_ptr<FakeTelemetryStore> store_;
    std::unique_ptr<Telemetry> door_;
    std::uint64_t nonce_ = 0;
    bool connected_ = false;
    std::uint64_t last_on_wire_ = 0;
    std::deque<Message> to_hub_;
    std::deque<std::uint64_t> to_door_;
    std::map<std::uint64_t, std::string> durable_;
    std::set<std::string> arrived_;
    std::map<std::string, std::string> ids_;
    std::uint64_t newest_ = 0;
};

TEST(TelemetryTravelTest, LosesNoDurableEventWhateverFails) {
    std::size_t arrived = 0;
    for (unsigned seed = 1; seed <= 150; ++seed) {
        Travel travel(seed, {});
        for (int i = 0; i < 400; ++i)
            travel.step();
        travel.settle();
        travel.check();
        arrived += travel.arrived();
        ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    }
    EXPECT_GT(arrived, 10000U);
}

TEST(TelemetryTravelTest, CountsWhatItDropsWhereThereIsLittleRoom) {
    std::uint64_t dropped = 0;
    for (unsigned seed = 1; seed <= 150; ++seed) {
        Travel travel(seed, {.events = 5, .bytes = 1000});
        for (int i = 0; i < 400; ++i)
            travel.step();
        travel.settle();
        travel.check();
        dropped += travel.dropped();
        ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    }
    EXPECT_GT(dropped, 1000U);
}

}  // namespace
}  // namespace firmware
