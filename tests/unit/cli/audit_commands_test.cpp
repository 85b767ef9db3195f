#include "scheduler/cli/audit_commands.hpp"

#include "protocol/audit_chain.hpp"
#include "tests/unit/cli/fake_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AuditCommandsTest : public ::testing::Test, protected Bench {
  protected:
    AuditCommandsTest() {
        std::string name = std::filesystem::temp_directory_path() / "lockctl-audit-XXXXXX";
        directory_ = ::mkdtemp(name.data());
        hub.be_lockhub();
        append(
            R"({"time":"2026-11-21T03:00:00Z","policy":"service","from":"192.0.2.7",)"
            R"("request":"POST /twins/door-1/methods","body":"{\"methodName\":\"lockDoor\"}","status":200,)"
            R"("answer":"{\"status\":200}"})");
        append(R"({"time":"2026-11-21T03:00:01Z","job":"j1","rows":[["door-1","completed",{"status":200}],)"
               R"(["door-2","failed","DeviceNotOnline"]]})");
        append(R"({"time":"2026-11-21T03:00:02Z","command":"policy roll service","done":true})");
    }
    ~AuditCommandsTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    void append(const std::string& entry) {
        const std::string number = std::to_string(records_.size() + 1);
        const std::string text = R"({"seq":)" + number + R"(,"entries":[)" + entry + "]}";
        const std::string before = records_.empty() ? protocol::AuditMark().hash : records_.back().hash;
        records_.push_back(
            {static_cast<std::int64_t>(records_.size()) + 1, text, protocol::audit_hash(before, text)});
    }
    static std::string json(const protocol::AuditMark& mark) {
        return R"({"seq":)" + std::to_string(mark.seq) + R"(,"hash":")" + mark.hash + R"("})";
    }
    // The hub's answer, with the records that are behind this number.
    void serve(std::int64_t after = 0) {
        std::string body;
        for (const auto& record : records_) {
            if (record.seq <= after) continue;
            body += (body.empty() ? "" : ",") + std::string(R"({"seq":)") + std::to_string(record.seq) +
                    R"(,"hash":")" + record.hash + R"(","record":)" + base::quote_json(record.text) + "}";
        }
        hub.answer(
            "GET /lockhub/v1/audit", 200,
            R"({"start":)" + json(start_) + R"(,"head":)" + json(head()) + R"(,"records":[)" + body + "]}");
    }
    [[nodiscard]] protocol::AuditMark head() const { return {records_.back().seq, records_.back().hash}; }
    [[nodiscard]] std::string mark_file() const { return directory_ + "/mark"; }
    [[nodiscard]] std::string mark_text() const {
        std::ifstream file(mark_file());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string directory_;
    protocol::AuditMark start_;
    std::vector<protocol::AuditRecord> records_;
};

TEST_F(AuditCommandsTest, ListTellsWhoDidWhatAndWhatCameOfIt) {
    serve();
    EXPECT_EQ(run(AuditList{.last = 0}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(), AllOf(StartsWith("TIME "), HasSubstr("service from 192.0.2.7"),
                                 HasSubstr("POST /twins/door-1/methods"), HasSubstr("job j1"),
                                 HasSubstr("door-2"), HasSubstr("failed DeviceNotOnline"),
                                 HasSubstr("lockhub policy roll service"), HasSubstr("done")));
}

TEST_F(AuditCommandsTest, ListGivesTheRecordsTheirOwnBytesAsJson) {
    serve();
    context.output.format = Format::jsonl;
    EXPECT_EQ(run(AuditList{.last = 0}, context).exit, Exit::ok);
    EXPECT_EQ(out.str(), records_[0].text + "\n" + records_[1].text + "\n" + records_[2].text + "\n");
}

TEST_F(AuditCommandsTest, ListBeginsSoManyRecordsBeforeTheEnd) {
    serve();
    serve(1);
    EXPECT_EQ(run(AuditList{.last = 2}, context).exit, Exit::ok);
    EXPECT_EQ(hub.requests.back().query.at("after"), "1");
    EXPECT_THAT(out.str(), testing::Not(HasSubstr("192.0.2.7")));
}

TEST_F(AuditCommandsTest, VerifyFindsNothingInAWholeLogAndKeepsItsMark) {
    serve();
    EXPECT_EQ(run(AuditVerify{mark_file()}, context).exit, Exit::ok);
    EXPECT_THAT(out.str(), AllOf(StartsWith("3 records"), HasSubstr(protocol::to_text(head()))));
    EXPECT_EQ(mark_text(), protocol::to_text(head()) + "\n");
}

TEST_F(AuditCommandsTest, VerifyReadsPageByPage) {
    const auto all = records_;
    records_.resize(2);
    const auto first = records_;
    records_ = all;
    std::string body;
    for (const auto& record : first) {
        body += (body.empty() ? "" : ",") + std::string(R"({"seq":)") + std::to_string(record.seq) +
                R"(,"hash":")" + record.hash + R"(","record":)" + base::quote_json(record.text) + "}";
    }
    hub.answer(
        "GET /lockhub/v1/audit", 200,
        R"({"start":)" + json(start_) + R"(,"head":)" + json(head()) + R"(,"records":[)" + body + "]}");
    serve(2);
    EXPECT_EQ(run(AuditVerify{}, context).exit, Exit::ok);
    EXPECT_EQ(hub.requests.back().query.at("after"), "2");
    EXPECT_THAT(out.str(), StartsWith("3 records"));
}

TEST_F(AuditCommandsTest, VerifySaysWhatWasChangedAndKeepsTheOldMark) {
    serve();
    ASSERT_EQ(run(AuditVerify{mark_file()}, context).exit, Exit::ok);
    const std::string before = mark_text();
    records_[1].text.replace(records_[1].text.find("door-2"), 6, "door-9");
    hub = FakeHub();
    hub.be_lockhub();
    serve();
    const auto outcome = run(AuditVerify{mark_file()}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("record 2 does not fit its hash"));
    EXPECT_EQ(mark_text(), before);
}

TEST_F(AuditCommandsTest, VerifyFindsWhatWasCutOffByTheMark) {
    serve();
    ASSERT_EQ(run(AuditVerify{mark_file()}, context).exit, Exit::ok);
    records_.pop_back();
    hub = FakeHub();
    hub.be_lockhub();
    serve();
    EXPECT_EQ(run(AuditVerify{}, context).exit, Exit::ok) << "the chain alone does not show it";
    hub = FakeHub();
    hub.be_lockhub();
    serve();
    const auto outcome = run(AuditVerify{mark_file()}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, HasSubstr("the end was cut off"));
}

TEST_F(AuditCommandsTest, VerifyRefusesAFileThatHoldsNoMark) {
    std::ofstream(mark_file()) << "something else";
    const auto outcome = run(AuditVerify{mark_file()}, context);
    EXPECT_EQ(outcome.exit, Exit::failure);
    EXPECT_THAT(outcome.message, AllOf(HasSubstr(mark_file()), HasSubstr("no mark")));
    EXPECT_EQ(mark_text(), "something else");
}

TEST_F(AuditCommandsTest, APlainIotHubIsNotAskedForWhatItDoesNotHave) {
    hub = FakeHub();
    Service plain(
        {.host = "hub.local", .port = 8443, .policy = "service", .key = "MDEy"},
        [this](const http::Request& request, std::chrono::milliseconds) { return hub(request); }, nullptr,
        clock);
    Context other{.service = plain,
                  .output = {.out = out, .err = err},
                  .clock = clock,
                  .new_id = nullptr,
                  .pause = nullptr,
                  .resolve = nullptr};
    EXPECT_EQ(run(AuditList{}, other).exit, Exit::refused);
    EXPECT_EQ(run(AuditVerify{}, other).exit, Exit::refused);
}

TEST_F(AuditCommandsTest, WhoMayNotIsToldWhatItTakes) {
    hub.answer("GET /lockhub/v1/audit", 401, "{}");
    for (const auto& outcome : {run(AuditList{}, context), run(AuditVerify{}, context)}) {
        EXPECT_EQ(outcome.exit, Exit::not_authorised);
        EXPECT_THAT(outcome.message, HasSubstr("RegistryRead"));
    }
}

}  // namespace
}  // namespace cli
