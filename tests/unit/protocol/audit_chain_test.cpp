#include "protocol/audit_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AuditChainTest : public testing::Test {
  protected:
    AuditChainTest() {
        for (int i = 1; i <= 6; ++i) {
            append("{\"seq\":" + std::to_string(i) + ",\"entries\":[{\"policy\":\"service\"}]}");
        }
    }
    void append(const std::string& text) {
        const std::string before = records_.empty() ? AuditMark().hash : records_.back().hash;
        records_.push_back({static_cast<std::int64_t>(records_.size()) + 1, text, audit_hash(before, text)});
    }
    [[nodiscard]] AuditMark mark(std::size_t seq) const {
        return seq == 0 ? AuditMark() : AuditMark{records_[seq - 1].seq, records_[seq - 1].hash};
    }
    [[nodiscard]] std::vector<std::string> verify(const std::vector<AuditRecord>& records,
                                                  const AuditMark& start = {},
                                                  const std::optional<AuditMark>& kept = {}) const {
        AuditVerifier verifier(start, kept);
        for (const AuditRecord& record : records) {
            verifier.add(record);
        }
        return verifier.finish(mark(records_.size()));
    }
    // As who rewrites the log would: from here on every hash fits again.
    static void mend(std::vector<AuditRecord>& records, std::size_t from) {
        for (std::size_t i = from; i < records.size(); ++i) {
            records[i].seq = static_cast<std::int64_t>(i) + 1;
            records[i].hash = audit_hash(i == 0 ? AuditMark().hash : records[i - 1].hash, records[i].text);
        }
    }

    std::vector<AuditRecord> records_;
};

TEST_F(AuditChainTest, HashesAsSha256sumDoes) {
    // printf '%064d{}' 0 | sha256sum
    EXPECT_EQ(audit_hash(AuditMark().hash, "{}"),
              "5508d2b710e64bc470079e1b211d9c58e21011e59d0559e422345dc19d659a75");
}

TEST_F(AuditChainTest, FindsNothingInAWholeLog) {
    EXPECT_THAT(verify(records_), IsEmpty());
    EXPECT_THAT(verify(records_, {}, mark(4)), IsEmpty());
    EXPECT_THAT(verify(records_, {}, mark(0)), IsEmpty());
}

TEST_F(AuditChainTest, FindsAnEditOfAnyByteOfAnyRecord) {
    for (std::size_t i = 0; i < records_.size(); ++i) {
        for (std::size_t byte = 0; byte < records_[i].text.size(); ++byte) {
            auto edited = records_;
            edited[i].text[byte] ^= 1;
            EXPECT_THAT(verify(edited),
                        ElementsAre(HasSubstr("record " + std::to_string(i + 1) + " does not fit")));
        }
    }
}

TEST_F(AuditChainTest, FindsARemovalAnInsertionAndAnotherOrder) {
    for (std::size_t i = 0; i < records_.size(); ++i) {
        auto removed = records_;
        removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(verify(removed).empty()) << i;
        // Nor does it help to close the gap in the numbers.
        for (std::size_t j = i; j < removed.size(); ++j)
            removed[j].seq = static_cast<std::int64_t>(j) + 1;
        EXPECT_FALSE(verify(removed).empty()) << i;
    }
    auto inserted = records_;
    inserted.insert(inserted.begin() + 3, inserted[2]);
    EXPECT_FALSE(verify(inserted).empty());
    auto swapped = records_;
    std::swap(swapped[1].text, swapped[2].text);
    EXPECT_FALSE(verify(swapped).empty());
    std::swap(swapped[1].hash, swapped[2].hash);
    EXPECT_FALSE(verify(swapped).empty());
    auto gap = records_;
    gap.erase(gap.begin() + 1, gap.begin() + 3);
    EXPECT_THAT(verify(gap), testing::Contains("records 2 to 3 are missing"));
}

TEST_F(AuditChainTest, FindsACutAtTheEndByTheHead) {
    auto cut = records_;
    cut.pop_back();
    EXPECT_THAT(verify(cut), ElementsAre(HasSubstr("the end was cut off")));
}

// What the chain alone cannot find, a mark that was kept elsewhere does.
TEST_F(AuditChainTest, FindsAChainThatWasMadeAnewByTheMarkThatWasKept) {
    auto forged = records_;
    forged[2].text[10] ^= 1;
    mend(forged, 2);
    AuditVerifier blind{AuditMark()};
    AuditVerifier seeing{AuditMark(), mark(4)};
    for (const AuditRecord& record : forged) {
        blind.add(record);
        seeing.add(record);
    }
    const AuditMark head{forged.back().seq, forged.back().hash};
    EXPECT_THAT(blind.finish(head), IsEmpty());
    EXPECT_THAT(seeing.finish(head), ElementsAre(HasSubstr("written anew")));
}

TEST_F(AuditChainTest, FindsAnEndThatIsMissingByTheMarkThatWasKept) {
    AuditVerifier verifier({}, mark(6));
    for (std::size_t i = 0; i < 5; ++i)
        verifier.add(records_[i]);
    EXPECT_THAT(verifier.finish(mark(5)), ElementsAre(HasSubstr("the end was cut off")));
}

TEST_F(AuditChainTest, TellsPruningByTheHubFromACut) {
    const AuditMark start = mark(2);
    const std::vector<AuditRecord> rest(records_.begin() + 2, records_.end());
    EXPECT_THAT(verify(rest, start), ElementsAre(HasSubstr("cut at its beginning")));
    // What a caller wrote is text and claims nothing.
    append(R"({"seq":7,"entries":[{"body":"{\"pruned\":{\"seq\":2,\"hash\":\")" + start.hash + R"(\"}}"}]})");
    EXPECT_FALSE(verify({records_.begin() + 2, records_.end()}, start).empty());
    append(R"({"seq":8,"entries":[{"pruned":{"seq":2,"hash":")" + start.hash + R"("}}]})");
    const std::vector<AuditRecord> pruned(records_.begin() + 2, records_.end());
    EXPECT_THAT(verify(pruned, start), IsEmpty());
    EXPECT_THAT(verify(pruned, start, mark(2)), IsEmpty());
    EXPECT_THAT(verify(pruned, start, mark(1)), ElementsAre(HasSubstr("cannot be judged")));
    EXPECT_FALSE(verify({records_.begin() + 3, records_.end()}, mark(3)).empty())
        << "cut further than it says";
}

TEST_F(AuditChainTest, TellsABoundedNumberOfFindings) {
    AuditVerifier verifier{AuditMark()};
    for (int i = 0; i < 1000; ++i)
        verifier.add({i + 1, "{}", std::string(64, 'f')});
    EXPECT_EQ(verifier.finish({1000, std::string(64, 'f')}).size(), AuditVerifier::most_findings);
}

TEST_F(AuditChainTest, ReadsMarksBackAndNoOthers) {
    const auto back = parse_audit_mark(to_text(mark(3)) + "\n");
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, mark(3));
    for (const std::string& text :
         std::vector<std::string>{"", "3", "3 ", "x " + mark(3).hash, "-3 " + mark(3).hash,
                                  "3 " + mark(3).hash + "0", "3  " + mark(3).hash}) {
        EXPECT_FALSE(parse_audit_mark(text)) << text;
    }
}

}  // namespace
}  // namespace protocol
