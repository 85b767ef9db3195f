#include "scheduler/hub/query_service.hpp"

#include "scheduler/query/evaluate.hpp"
#include "tests/unit/hub/hub_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hub {
namespace {

using protocol::HubError;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class QueryServiceTest : public testing::Test {
  protected:
    QueryServiceTest() {
        for (int i = 1; i <= 5; ++i) {
            const std::string id = "door-" + std::to_string(i);
            hub.add_device(id);
            EXPECT_TRUE(
                hub.twins.patch(id, R"({"tags":{"building":)" + std::to_string(i < 4 ? 43 : 44) + "}}", {}));
        }
        EXPECT_TRUE(hub.commit());
    }
    Outcome<QueryPage> run(const std::string& text, std::size_t page = 100, const std::string& token = {}) {
        Outcome<QueryPage> result = Fault{};
        hub.queries.run({text, page, token},
                        [&result](Outcome<QueryPage> done) { result = std::move(done); });
        return result;
    }
    static std::vector<std::string> members(const QueryPage& page, const char* name) {
        std::vector<std::string> found;
        const base::Json items = parsed(page.items);
        for (const base::JsonView item : items)
            found.emplace_back(item.find(name).as_string().value_or("?"));
        return found;
    }
    std::vector<std::string> ids(const std::string& text) {
        const auto page = run(text);
        EXPECT_TRUE(page) << (page ? "" : page.error().message);
        return page ? members(*page, "deviceId") : std::vector<std::string>();
    }
    void add_job(const std::string& id, const std::vector<std::string>& devices) {
        jobs::Job job;
        job.id = id;
        job.action =
            jobs::MethodAction{"lockDoor", "null", seconds(30), seconds(0), R"({"methodName":"lockDoor"})"};
        job.condition = "*";
        job.created = job.start_time = hub.clock.system_now();
        ASSERT_TRUE(hub.jobs.save_job(job));
        std::vector<jobs::Row> rows;
        for (const std::string& device : devices) {
            jobs::Row row;
            row.job_id = id;
            row.device_id = device;
            row.created = row.updated = row.start = job.created;
            row.deadline = job.deadline();
            rows.push_back(row);
        }
        ASSERT_TRUE(hub.jobs.save_rows(rows));
    }
    using seconds = std::chrono::seconds;

    HubRig hub;
};

TEST_F(QueryServiceTest, FindsTwinsByIdTagAndState) {
    EXPECT_EQ(ids("SELECT * FROM devices").size(), 5U);
    EXPECT_THAT(ids("SELECT * FROM devices WHERE tags.building = 44"), ElementsAre("door-4", "door-5"));
    EXPECT_THAT(ids("SELECT * FROM devices WHERE deviceId IN ['door-3', 'door-1', 'absent']"),
                ElementsAre("door-1", "door-3"));
    EXPECT_THAT(ids("SELECT * FROM devices WHERE deviceId = 'door-5' AND tags.building = 43"), IsEmpty());
    FakeLink link;
    hub.connect("door-2", link);
    EXPECT_THAT(ids("SELECT * FROM devices WHERE connectionState = 'Connected'"), ElementsAre("door-2"));
}

// What SQLite sorts out beforehand must not lose what matches, whatever its type and name.
TEST_F(QueryServiceTest, FindsEveryKindOfValue) {
    ASSERT_TRUE(hub.twins.patch("door-1",
                                R"({"tags":{"s":"a'b\"c","t":true,"one":1,"half":0.5,"z\u00fc":"x"},)"
                                R"("properties":{"desired":{"lock":{"mode":"auto"}}}})",
                                {}));
    ASSERT_TRUE(hub.twins.report("door-1", R"({"lock":{"state":"locked"}})"));
    for (const char* condition :
         {R"(tags.s = "a'b\"c")", "tags.t = true", "tags.one = 1", "tags.one = 1.0", "tags.half = 0.5",
          "tags.one IN ['x', 1]", "tags.one IN [1, 0.5]", "tags.[[z\u00fc]] = 'x'",
          "properties.desired.lock.mode = 'auto'", "properties.reported.lock.state = 'locked'",
          "tags.building = 43 AND tags.one = 1", "tags.one = 1 OR tags.one = 2"}) {
        EXPECT_THAT(ids("SELECT * FROM devices WHERE " + std::string(condition)), ElementsAre("door-1"))
            << condition;
    }
    // 1 and true are one in SQLite, and two in a query.
    EXPECT_THAT(ids("SELECT * FROM devices WHERE tags.one = true"), IsEmpty());
    EXPECT_THAT(ids("SELECT * FROM devices WHERE tags.t = 1"), IsEmpty());
    EXPECT_THAT(ids("SELECT * FROM devices WHERE tags.building = '43'"), IsEmpty());
}

TEST_F(QueryServiceTest, AnswersWithWholeTwins) {
    const auto page = run("SELECT * FROM devices WHERE deviceId = 'door-1'");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->item_type, "Twin");
    EXPECT_EQ(page->items, "[" + hub.twins.service_view("door-1").value() + "]");
    EXPECT_EQ(page->continuation, "");
}

TEST_F(QueryServiceTest, ProjectsAndAggregates) {
    const auto projected = run("SELECT deviceId AS id FROM devices WHERE tags.building = 44");
    ASSERT_TRUE(projected);
    EXPECT_EQ(projected->item_type, "Raw");
    EXPECT_THAT(members(*projected, "id"), ElementsAre("door-4", "door-5"));
    const auto counted =
        run("SELECT COUNT() AS doors, tags.building AS building FROM devices GROUP BY tags.building");
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->items, R"([{"doors":3,"building":43},{"doors":2,"building":44}])");
}

// §2.6: the token is there only when more pages exist (page size 1 over 2 rows).
TEST_F(QueryServiceTest, GivesATokenOnlyWhenThereIsMore) {
    const std::string text = "SELECT * FROM devices WHERE tags.building = 44";
    const auto first = run(text, 1);
    ASSERT_TRUE(first);
    EXPECT_THAT(members(*first, "deviceId"), ElementsAre("door-4"));
    EXPECT_NE(first->continuation, "");
    const auto second = run(text, 1, first->continuation);
    ASSERT_TRUE(second);
    EXPECT_THAT(members(*second, "deviceId"), ElementsAre("door-5"));
    EXPECT_EQ(second->continuation, "");
}

TEST_F(QueryServiceTest, PagesStayRightWhileDevicesComeAndGo) {
    const std::string text = "SELECT deviceId FROM devices";
    const auto first = run(text, 2);
    ASSERT_TRUE(first);
    ASSERT_TRUE(hub.registry.remove("door-1", {}));
    hub.add_device("door-0");
    const auto rest = run(text, 100, first->continuation);
    ASSERT_TRUE(rest);
    EXPECT_THAT(members(*rest, "deviceId"), ElementsAre("door-3", "door-4", "door-5"));
}

TEST_F(QueryServiceTest, CountsTopOverAllPages) {
    const std::string text = "SELECT TOP 3 deviceId FROM devices";
    const auto first = run(text, 2);
    ASSERT_TRUE(first);
    const auto second = run(text, 2, first->continuation);
    ASSERT_TRUE(second);
    EXPECT_THAT(members(*second, "deviceId"), ElementsAre("door-3"));
    EXPECT_EQ(second->continuation, "");
}

// Only what a query names is put together; the answer is that of the whole twin.
TEST_F(QueryServiceTest, LooksAtThePartsThatAreNamed) {
    FakeLink link;
    hub.connect("door-2", link);
    ASSERT_TRUE(
        hub.twins.patch("door-3", R"({"properties":{"desired":{"hold":"10m","deep":{"er":1}}}})", {}));
    ASSERT_TRUE(hub.twins.report("door-2", R"({"hold":"5m","lock":{"state":"locked"}})"));
    ASSERT_TRUE(hub.commit());
    for (const std::string where :
         {"connectionState = 'Connected'", "tags.building = 43 AND status = 'enabled'", "version > 3",
          "properties.desired.hold = '10m'", "properties.reported.hold != '10m'", "is_defined(properties)",
          "is_defined(properties.desired)", "is_defined(properties.desired.deep)",
          "is_defined(properties.other)", "properties.desired.$version > 1",
          "properties.reported.$version = 2", "properties.desired != null",
          "properties.desired.$metadata.hold.$lastUpdatedVersion = 2",
          "is_defined(properties.desired.$metadata)",
          "properties.reported.lock.state = 'locked' OR properties.desired.deep.er = 1",
          "is_defined(tags.floor)", "NOT is_defined(x509Thumbprint.primaryThumbprint)",
          "capabilities.iotEdge = false", "1 = 1"}) {
        const auto condition = ql::parse_condition(where);
        ASSERT_TRUE(condition) << where;
        std::vector<std::string> expected;
        for (const char* id : {"door-1", "door-2", "door-3", "door-4", "door-5"}) {
            if (ql::matches(*condition, parsed(hub.twins.service_view(id).value())))
                expected.emplace_back(id);
        }
        EXPECT_EQ(hub.queries.device_ids(where).value(), expected) << where;
        const auto rows =
            run("SELECT deviceId, tags, properties.desired AS wanted FROM devices WHERE " + where);
        ASSERT_TRUE(rows) << where;
        EXPECT_EQ(members(*rows, "deviceId"), expected) << where;
    }
    const auto wanted = run(
        "SELECT properties.desired AS wanted FROM devices WHERE deviceId > 'door-2' AND deviceId < 'door-4'");
    ASSERT_TRUE(wanted);
    const base::Json whole = parsed(hub.twins.service_view("door-3").value());
    EXPECT_EQ(wanted->items, R"([{"wanted":)" + whole.find("properties").find("desired").dump() + "}]");
}

// Whoever else waits gets a turn while a query looks at thousands.
TEST_F(QueryServiceTest, MakesRoomWhileItLooksAtMany) {
    const std::size_t many = 2 * QueryService::documents_at_once + 3;
    for (std::size_t i = 0; i < many; ++i) {
        ASSERT_TRUE(hub.registry.create("gate-" + std::to_string(10'000 + i), DeviceDraft{}));
    }
    ASSERT_TRUE(hub.commit());
    std::vector<std::function<void()>> waiting;
    hub.queries.on_pause([&waiting](std::function<void()> go_on) { waiting.push_back(std::move(go_on)); });
    std::optional<Outcome<QueryPage>> answer;
    hub.queries.run({"SELECT COUNT() AS n, tags.building AS b FROM devices GROUP BY tags.building", 100, {}},
                    [&answer](Outcome<QueryPage> page) { answer = std::move(page); });
    std::size_t pauses = 0;
    while (!waiting.empty()) {
        EXPECT_FALSE(answer);
        const auto go_on = std::exchange(waiting, {});
        ASSERT_EQ(go_on.size(), 1U);
        const bool gone =
            ++pauses > 1 || hub.registry.remove("gate-10000", {}).has_value();  // counted already
        EXPECT_TRUE(gone);
        go_on.front()();
    }
    EXPECT_EQ(pauses, 2U);
    ASSERT_TRUE(answer);
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->items, R"([{"n":)" + std::to_string(many) + R"(},{"n":3,"b":43},{"n":2,"b":44}])");
    // A page that is full before so many have been looked at does not wait.
    hub.queries.run({"SELECT * FROM devices", 10, {}},
                    [&answer](Outcome<QueryPage> page) { answer = std::move(page); });
    EXPECT_TRUE(waiting.empty());
    EXPECT_NE((*answer)->continuation, "");
}

TEST_F(QueryServiceTest, PagesGroups) {
    const std::string text = "SELECT COUNT() AS n, tags.building AS b FROM devices GROUP BY tags.building";
    const auto first = run(text, 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->items, R"([{"n":3,"b":43}])");
    const auto second = run(text, 1, first->continuation);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->items, R"([{"n":2,"b":44}])");
    EXPECT_EQ(second->continuation, "");
}

TEST_F(QueryServiceTest, RefusesATokenOfAnotherQuery) {
    const auto first = run("SELECT * FROM devices", 1);
    ASSERT_TRUE(first);
    for (const std::string& token : {first->continuation, std::string("nonsense"), std::string("QUJD")}) {
        const auto other = run("SELECT * FROM devices WHERE tags.building = 43", 1, token);
        ASSERT_FALSE(other);
        EXPECT_EQ(other.error().code, HubError::argument_invalid);
    }
}

TEST_F(QueryServiceTest, TellsWhatIsWrongWithAQuery) {
    const auto wrong = run("SELECT * FORM devices");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, HubError::argument_invalid);
    EXPECT_THAT(wrong.error().message, HasSubstr("line 1, column 10"));
    EXPECT_EQ(parse_query_body("{}").error().code, HubError::argument_null);
    EXPECT_EQ(parse_query_body("[").error().code, HubError::argument_invalid);
    EXPECT_EQ(parse_query_body(R"({"query":"SELECT * FROM devices"})").value(), "SELECT * FROM devices");
}

TEST_F(QueryServiceTest, FindsTheRowsOfJobs) {
    add_job("j1", {"door-1", "door-2", "door-3"});
    add_job("j2", {"door-2"});
    const auto rows = [this](const std::string& text, std::size_t size = 100) {
        std::vector<std::string> found;
        std::string token;
        do {
            const auto page = run(text, size, token);
            EXPECT_TRUE(page);
            if (!page) return found;
            EXPECT_EQ(page->item_type, "DeviceJob");
            const auto jobs = members(*page, "jobId");
            const auto devices = members(*page, "deviceId");
            for (std::size_t i = 0; i < jobs.size(); ++i)
                found.push_back(jobs[i] + " " + devices[i]);
            token = page->continuation;
        } while (!token.empty());
        return found;
    };
    for (const std::size_t size : {std::size_t{1}, std::size_t{100}}) {
        EXPECT_THAT(rows("SELECT * FROM devices.jobs", size),
                    ElementsAre("j1 door-1", "j1 door-2", "j1 door-3", "j2 door-2"));
        EXPECT_THAT(rows("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j1'", size),
                    ElementsAre("j1 door-1", "j1 door-2", "j1 door-3"));
        EXPECT_THAT(rows("SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = 'door-2'", size),
                    ElementsAre("j1 door-2", "j2 door-2"));
        EXPECT_THAT(rows("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j9'", size), IsEmpty());
        EXPECT_THAT(rows("SELECT * FROM devices.jobs WHERE devices.jobs.status = 'pending' AND "
                         "devices.jobs.jobId IN ['j1','j2'] AND devices.jobs.deviceId = 'door-2'",
                         size),
                    ElementsAre("j1 door-2", "j2 door-2"));
    }
}

TEST_F(QueryServiceTest, NamesTheDevicesOfAJobsCondition) {
    EXPECT_EQ(hub.queries.device_ids("*").value().size(), 5U);
    EXPECT_THAT(hub.queries.device_ids("tags.building = 44").value(), ElementsAre("door-4", "door-5"));
    EXPECT_THAT(hub.queries.device_ids("deviceId IN ['door-2','door-9']").value(), ElementsAre("door-2"));
    EXPECT_THAT(hub.queries.device_ids("FROM devices.modules WHERE tags.a = 1").value(), IsEmpty());
    EXPECT_FALSE(hub.queries.device_ids("SELECT * FROM devices"));
}

}  // namespace
}  // namespace hub
