#include "scheduler/hub/audit.hpp"

#include "base/json.hpp"
#include "endpoint_rig.hpp"
#include "scheduler/hub/admin_commands.hpp"
#include "scheduler/hub/audit_trail.hpp"
#include "scheduler/hub/database_backup.hpp"
#include "scheduler/hub/routes_audit.hpp"
#include "scheduler/hub/service_api.hpp"
#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> records(AuditLog& log) {
    std::vector<std::string> all;
    log.read(0, [&all](const protocol::AuditRecord& record) {
        all.push_back(record.text);
        return true;
    });
    return all;
}

std::vector<std::string> findings(AuditLog& log) {
    protocol::AuditVerifier verifier(log.start());
    log.read(0, [&verifier](const protocol::AuditRecord& record) {
        verifier.add(record);
        return true;
    });
    return verifier.finish(log.head());
}

// ---- what gathers in a turn ----

class AuditTest : public testing::Test {
  protected:
    void use_pages(int most) {
        Statement limit = hub_.database->prepare("PRAGMA max_page_count = " + std::to_string(most));
        limit.start();
        while (limit.step()) {
        }
    }
    // More than there is room for.
    void fill() {
        for (int i = 0; i < 200; ++i) {
            const std::string id = "door-" + std::to_string(i);
            (void)hub_.registry.create(id, {});
            (void)hub_.twins.patch(id, R"({"tags":{"a":")" + std::string(4000, 'x') + R"("}})", {});
        }
    }
    [[nodiscard]] std::vector<std::string> written() { return records(audit_.log()); }

    HubRig hub_;
    Audit audit_{*hub_.database, hub_.clock, {}};
};

TEST_F(AuditTest, PutsAllOfATurnIntoOneRecordInItsCommit) {
    (void)hub_.registry.create("d1", {});
    audit_.of_turn(R"("request":"PUT /devices/d1")");
    audit_.happened(R"("request":"POST /twins/d1/methods")");
    EXPECT_THAT(written(), IsEmpty());
    ASSERT_TRUE(hub_.database->commit_turn());
    ASSERT_THAT(written(), SizeIs(1));
    EXPECT_THAT(written()[0], AllOf(HasSubstr("{\"seq\":1,\"entries\":[{\"time\":\""),
                                    HasSubstr("PUT /devices/d1"), HasSubstr("POST /twins/d1/methods")));
    EXPECT_THAT(findings(audit_.log()), IsEmpty());
    EXPECT_FALSE(audit_.next_due());
}

TEST_F(AuditTest, PutsTheRowsOfAJobTogetherAndCutsThemAtABound) {
    for (int i = 0; i < 10'000; ++i) {
        audit_.row("j1", "[\"door-" + std::to_string(i) + "\",\"completed\",{\"status\":200}]");
    }
    (void)hub_.registry.create("d1", {});
    ASSERT_TRUE(hub_.database->commit_turn());
    EXPECT_GT(written().size(), 3U);
    EXPECT_LT(written().size(), 20U);
    std::size_t rows = 0;
    for (const std::string& text : written()) {
        EXPECT_LT(text.size(), 2 * Audit::Limits().record);
        const base::Json json = parsed(text);
        for (const base::JsonView entry : json.find("entries"))
            rows += entry.find("rows").size();
    }
    EXPECT_EQ(rows, 10'000U);
    EXPECT_THAT(findings(audit_.log()), IsEmpty());
}

TEST_F(AuditTest, WritesWhatNoCommitTakesAlongWithinASecond) {
    audit_.happened(R"("request":"POST /twins/d1/methods")");
    EXPECT_TRUE(hub_.commit());
    ASSERT_TRUE(audit_.next_due());
    audit_.tick();
    EXPECT_THAT(written(), IsEmpty());
    hub_.clock.advance(1s);
    audit_.tick();
    ASSERT_TRUE(hub_.commit());
    EXPECT_THAT(written(), SizeIs(1));
    EXPECT_FALSE(audit_.next_due());
}

TEST_F(AuditTest, ForgetsWhatATurnWroteThatWasTakenBackAndKeepsWhatHappenedAllTheSame) {
    hub_.add_device("before");
    audit_.of_turn(R"("request":"first")");
    (void)hub_.registry.create("d0", {});
    ASSERT_TRUE(hub_.database->commit_turn());
    use_pages(1);
    audit_.happened(R"("request":"a door was asked")");
    audit_.of_turn(R"("request":"never written")");
    fill();
    EXPECT_FALSE(hub_.database->commit_turn());
    EXPECT_EQ(audit_.log().head().seq, 1);
    use_pages(1'000'000);
    hub_.clock.advance(20s);
    audit_.tick();
    ASSERT_TRUE(hub_.commit());
    ASSERT_THAT(written(), SizeIs(2));
    EXPECT_THAT(written()[1], AllOf(HasSubstr("a door was asked"), Not(HasSubstr("never written")),
                                    Not(HasSubstr("first"))));
    EXPECT_THAT(findings(audit_.log()), IsEmpty());
}

// The disk refuses the record itself, when the turn is about to end.
TEST_F(AuditTest, TakesTheTurnBackWhenItsRecordFindsNoRoom) {
    hub_.add_device("before");
    use_pages(1);
    for (int i = 0; i < 8; ++i)
        audit_.happened("\"request\":\"" + std::string(60'000, 'x') + "\"");
    ASSERT_TRUE(hub_.registry.create("small", {}));
    EXPECT_FALSE(hub_.database->commit_turn());
    EXPECT_FALSE(hub_.registry.find("small"));
    use_pages(1'000'000);
    ASSERT_TRUE(hub_.registry.create("small", {}));
    ASSERT_TRUE(hub_.commit());
    EXPECT_THAT(findings(audit_.log()), IsEmpty());
    EXPECT_EQ(audit_.log().head().seq, 8);
}

TEST_F(AuditTest, HoldsABoundedAmountForADiskThatTakesNothingAndSaysWhatIsMissing) {
    for (int i = 0; i < 20'000; ++i)
        audit_.happened("\"request\":\"" + std::string(1000, 'x') + "\"");
    hub_.clock.advance(1s);
    audit_.tick();
    ASSERT_TRUE(hub_.commit());
    EXPECT_LT(audit_.log().bytes(), static_cast<std::int64_t>(10) * 1024 * 1024);
    EXPECT_THAT(written().back(), testing::ContainsRegex("\"lost\":1[0-9]+"));
}

TEST(AuditRetention, RemovesTheOldestAndSaysSoInTheChain) {
    HubRig hub;
    Audit audit(*hub.database, hub.clock, {.log = {.bytes = 100'000}});
    for (int i = 0; i < 2000; ++i) {
        audit.happened("\"request\":\"" + std::string(200, 'x') + "\"");
        hub.clock.advance(1s);
        audit.tick();
        ASSERT_TRUE(hub.commit());
        ASSERT_LE(audit.log().bytes(), 101'000);
    }
    EXPECT_GT(audit.log().start().seq, 1000);
    EXPECT_THAT(findings(audit.log()), IsEmpty());
    // The same from the file.
    AuditLog again(*hub.database, {});
    EXPECT_EQ(again.start(), audit.log().start());
    EXPECT_EQ(again.head(), audit.log().head());
    EXPECT_EQ(again.bytes(), audit.log().bytes());
    // Who moves the beginning by himself is found.
    hub.database->prepare("DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)").start().run();
    EXPECT_FALSE(findings(again).empty());
}

TEST(AuditCheck, FindsWhatWasChangedInTheFile) {
    const ScratchFile file("hub.db");
    HubRig hub(file.path());
    Audit audit(*hub.database, hub.clock, {});
    for (int i = 0; i < 3; ++i) {
        audit.happened(R"("request":"POST /twins/d1/methods")");
        hub.clock.advance(1s);
        audit.tick();
        ASSERT_TRUE(hub.commit());
    }
    ASSERT_THAT(*check_database(file.path()), IsEmpty());
    hub.database->prepare("UPDATE audit SET record = replace(record, 'd1', 'd2') WHERE seq = 2")
        .start()
        .run();
    ASSERT_TRUE(hub.commit());
    EXPECT_THAT(*check_database(file.path()), ElementsAre(HasSubstr("audit: record 2 does not fit")));
}

// ---- what is kept of the ways by which commands come ----

class AuditTrailTest : public testing::Test {
  protected:
    http::Request request(std::string method, std::string path, std::string body = {},
                          std::string_view policy = "iothubowner") {
        http::Request made;
        made.method = std::move(method);
        made.path = std::move(path);
        made.body = std::move(body);
        made.peer = "192.0.2.7:4711";
        made.query["api-version"] = "2021-04-12";
        made.headers["Authorization"] =
            token(rig_, "localhost", rig_.policies.find(policy)->keys.primary, 1h, policy);
        return made;
    }
    http::Response ask(const http::Request& made) {
        auto answer = std::make_shared<std::optional<http::Response>>();
        api_.router().handle(
            made, http::Responder([answer](http::Response response) { *answer = std::move(response); }));
        rig_.commit();
        return answer->value_or(http::Response{.status = 0, .headers = {}, .body = {}});
    }
    // Everything that was recorded, after the time in which it is.
    std::string told() {
        rig_.clock.advance(1s);
        rig_.domain.audit.tick();
        rig_.commit();
        std::string text;
        for (const std::string& record : records(log()))
            text += record + "\n";
        return text;
    }
    AuditLog& log() { return rig_.domain.audit.log(); }

    EndpointRig rig_;
    EventStreams streams_{rig_.database, rig_.domain.event_log, rig_.domain.events, rig_.clock, {}};
    Metrics metrics_{rig_.domain, streams_, rig_.clock};
    Health health_{rig_.database, metrics_, rig_.clock, [] { return true; }};
    ServiceApi api_{{.domain = rig_.domain, .streams = streams_, .metrics = metrics_, .health = health_},
                    8883,
                    rig_.clock};
};

TEST_F(AuditTrailTest, KeepsWhoCommandedWhatWithWhichOutcome) {
    rig_.add_device("door-1");
    ASSERT_EQ(ask(request("PATCH", "/twins/door-1", R"({"tags":{"floor":2}})", "service")).status, 200);
    EXPECT_THAT(told(), HasSubstr(R"("policy":"service","from":"192.0.2.7","request":"PATCH /twins/door-1",)"
                                  R"("body":"{\"tags\":{\"floor\":2}}","status":200})"));
    ASSERT_EQ(ask(request("POST", "/twins/door-1/methods", R"({"methodName":"lockDoor"})", "service")).status,
              404);
    EXPECT_THAT(told(), AllOf(HasSubstr(R"("body":"{\"methodName\":\"lockDoor\"}","status":404,"answer":")"),
                              HasSubstr("404103")));
    ASSERT_EQ(ask(request("DELETE", "/devices/nobody")).status, 404);
    EXPECT_THAT(told(), HasSubstr(R"("request":"DELETE /devices/nobody","status":404})"));
    EXPECT_THAT(findings(log()), IsEmpty());
}

TEST_F(AuditTrailTest, KeepsNothingOfWhatOnlyReadsOrMayNot) {
    rig_.add_device("door-1");
    (void)ask(request("GET", "/twins/door-1"));
    (void)ask(request("POST", "/devices/query", R"({"query":"SELECT * FROM devices"})"));
    (void)ask(request("PATCH", "/twins/door-1", R"({"tags":{"a":1}})", "registryRead"));
    EXPECT_EQ(told(), "");
}

TEST_F(AuditTrailTest, KeepsNoKeyAndIsNotLedAstrayByWhatStrangersWrite) {
    const std::string key = "c2VjcmV0c2VjcmV0c2VjcmV0";
    (void)ask(
        request("PUT", "/devices/door-1",
                R"({"deviceId":"door-1","authentication":{"type":"sas","symmetricKey":{"primaryKey":")" +
                    key + R"(","secondaryKey":")" + key + R"("}}})"));
    (void)ask(request("PUT", "/lockhub/v1/policies/mine",
                      R"({"rights":"ServiceConnect","primaryKey":")" + key + R"("})"));
    (void)ask(request("PATCH", "/twins/door-1", "\xff\xfe \"],\"pruned\":{\"seq\":0}"));
    (void)ask(request("PATCH", "/twins/door-1", R"({"tags":{"x":")" + std::string(5000, 'y') + R"("}})"));
    const std::string text = told();
    EXPECT_THAT(text, AllOf(HasSubstr("PUT /devices/door-1"), HasSubstr("PUT /lockhub/v1/policies/mine"),
                            Not(HasSubstr(key)), HasSubstr("bytes that are no text")));
    EXPECT_LT(text.size(), 4000U);
    log().read(0, [](const protocol::AuditRecord& record) {
        EXPECT_TRUE(base::check_json(record.text)) << record.text;
        return true;
    });
}

TEST_F(AuditTrailTest, KeepsWhatBecameOfEachDeviceOfAJob) {
    rig_.domain.runner.recover();
    rig_.add_device("door-1");
    rig_.add_device("door-2");
    const auto made = ask(request("PUT", "/jobs/v2/j1",
                                  R"({"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"a":1}},)"
                                  R"("queryCondition":"*"})",
                                  "service"));
    ASSERT_EQ(made.status, 200) << made.body;
    for (int i = 0; i < 20; ++i) {
        rig_.clock.advance(1s);
        rig_.domain.tick();
        rig_.commit();
    }
    EXPECT_THAT(told(), AllOf(HasSubstr("PUT /jobs/v2/j1"), HasSubstr(R"(["door-1","completed",)"),
                              HasSubstr(R"(["door-2","completed",)"),
                              HasSubstr(R"("job":"j1","status":"completed","succeeded":2,"failed":0)")));
    EXPECT_THAT(findings(log()), IsEmpty());
}

TEST_F(AuditTrailTest, KeepsTheCommandsOfAnAdministrator) {
    Settings settings;
    AdminCommands commands(rig_.database, rig_.registry, rig_.policies, settings, rig_.clock);
    commands.keep_audit(rig_.domain.audit);
    for (const std::vector<std::string>& words : {std::vector<std::string>{"policy", "roll", "service"},
                                                  {"policy", "list"},
                                                  {"device", "add", "no spaces"},
                                                  {"ca", "add", "-----BEGIN"}}) {
        commands.run(words, [](const AdminAnswer&) {});
        rig_.commit();
    }
    const std::string key = rig_.policies.find("service")->keys.primary;
    EXPECT_THAT(told(), AllOf(HasSubstr(R"("command":"policy roll service","done":true})"),
                              HasSubstr(R"("command":"device add no spaces","done":false})"),
                              HasSubstr(R"("command":"ca add","done":false})"), Not(HasSubstr("policy list")),
                              Not(HasSubstr("BEGIN")), Not(HasSubstr(key))));
}

TEST_F(AuditTrailTest, IsReadPageByPage) {
    for (int i = 0; i < 5; ++i) {
        (void)ask(request("DELETE", "/devices/nobody-" + std::to_string(i)));
        (void)told();
    }
    auto page = request("GET", "/lockhub/v1/audit", {}, "registryRead");
    page.query["limit"] = "2";
    page.query["after"] = "3";
    const base::Json json = parsed(ask(page).body);
    EXPECT_EQ(json.find("start").find("seq").as_integer(), 0);
    EXPECT_EQ(json.find("head").find("seq").as_integer(), 5);
    EXPECT_EQ(json.find("head").find("hash").as_string(), log().head().hash);
    std::vector<std::int64_t> seqs;
    for (const base::JsonView record : json.find("records")) {
        seqs.push_back(*record.find("seq").as_integer());
        EXPECT_THAT(std::string(*record.find("record").as_string()), HasSubstr("nobody-"));
    }
    EXPECT_THAT(seqs, ElementsAre(4, 5));
    page.query["after"] = "x";
    EXPECT_EQ(ask(page).status, 400);
}

}  // namespace
}  // namespace hub
