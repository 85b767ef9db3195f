#include "scheduler/hub/schema.hpp"

#include "base/file_layer.hpp"
#include "scheduler/hub/database_backup.hpp"
#include "scheduler/hub/policies.hpp"
#include "tests/unit/hub/hub_rig.hpp"
#include "tests/unit/hub/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Handle open(const std::string& path) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    return Handle(database);
}

void execute(const Handle& database, const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(database.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database.get());
}

// The first column of each row.
std::vector<std::string> column(const Handle& database, const std::string& sql) {
    std::vector<std::string> values;
    const auto take = [](void* target, int, char** columns, char**) {
        static_cast<std::vector<std::string>*>(target)->emplace_back(columns[0]);
        return 0;
    };
    EXPECT_EQ(sqlite3_exec(database.get(), sql.c_str(), take, &values, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database.get());
    return values;
}

// Everything that is defined in it, in the words in which it was.
std::vector<std::string> definitions(const Handle& database) {
    return column(database,
                  "SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_master ORDER BY 1");
}

// Makes the file that a hub of this older schema has left: old_schemas/ holds what sqlite3's .dump gave then.
void leave_old_file(const std::string& path, std::int64_t version) {
    base::PosixFileLayer files;
    const auto dump = files.read(std::string(DOORLOCK_OLD_SCHEMAS) + "/" + std::to_string(version) + ".sql",
                                 std::size_t{1024} * 1024);
    ASSERT_TRUE(dump) << "every older schema has a dump: " << dump.error().message;
    const Handle database = open(path);
    execute(database, *dump);
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
}

class OldSchema : public testing::TestWithParam<std::int64_t> {
  protected:
    void SetUp() override { leave_old_file(file_.path(), GetParam()); }
    ScratchFile file_{"hub.db"};
};

TEST_P(OldSchema, IsTakenForwardToTheTablesThatANewFileHas) {
    const Handle fresh = open(":memory:");
    ASSERT_TRUE(migrate(fresh.get()));
    const Handle old = open(file_.path());
    const auto migrated = migrate(old.get());
    ASSERT_TRUE(migrated) << migrated.error().message;
    EXPECT_EQ(definitions(old), definitions(fresh));
    EXPECT_THAT(column(old, "PRAGMA user_version"), ElementsAre(std::to_string(schema_version())));
}

TEST_P(OldSchema, KeepsWhatIsInTheFileAndServesIt) {
    {
        HubRig hub(file_.path());
        EXPECT_EQ(hub.registry.statistics().total, 2);
        EXPECT_EQ(hub.registry.statistics().enabled, 1);
        const auto device = hub.registry.find("open");
        ASSERT_TRUE(device);
        EXPECT_EQ(device->keys.primary, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        const base::Json twin = parsed(*hub.twins.service_view("open"));
        EXPECT_EQ(twin.find("tags").find("building").as_integer(), 43);
        EXPECT_EQ(twin.find("properties").find("desired").find("volume").as_integer(), 7);
        EXPECT_EQ(twin.find("properties").find("desired").find("$version").as_integer(), 2);
        Policies policies(*hub.database);
        ASSERT_NE(policies.find("backend"), nullptr);
        FakeLink link;
        EXPECT_EQ(hub.attach("open", link), true) << "its session is there";

        // What came with later steps works on what was there before: triggers, modules, removal.
        ASSERT_TRUE(hub.registry.create("open/camera", {}));
        EXPECT_EQ(hub.registry.statistics().total, 2) << "a module is no device";
        ASSERT_TRUE(hub.registry.remove("open", {}));
        ASSERT_TRUE(hub.commit());
        EXPECT_FALSE(hub.registry.find("open/camera"));
        EXPECT_EQ(hub.registry.statistics().total, 1);
        EXPECT_EQ(hub.registry.statistics().enabled, 0);
    }
    const auto found = check_database(file_.path());
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, IsEmpty());
}

// What makes a step fail: it finds what it is to make.
struct Spoiler {
    std::int64_t left_at;  // the schema that the file keeps then
    const char* spoil;
    const char* name;
    const char* mend;
};
constexpr Spoiler spoilers[] = {
    {2, "CREATE INDEX modules_by_id ON devices (id)", "modules_by_id", "DROP INDEX modules_by_id"},
    {3, "ALTER TABLE jobs ADD COLUMN stop_at INTEGER", "stop_at", "ALTER TABLE jobs DROP COLUMN stop_at"},
    {4, "CREATE TABLE audit (x)", "audit", "DROP TABLE audit"},
};

TEST_P(OldSchema, IsNeverLeftBetweenTwoStepsWhenOneFails) {
    const auto* const spoiler =
        std::ranges::find_if(spoilers, [](const Spoiler& one) { return one.left_at >= GetParam(); });
    ASSERT_NE(spoiler, std::end(spoilers)) << "every step can be made to fail";
    {
        const Handle database = open(file_.path());
        execute(database, spoiler->spoil);
        const auto before = definitions(database);
        const auto migrated = migrate(database.get());
        ASSERT_FALSE(migrated);
        EXPECT_THAT(migrated.error().message, HasSubstr(spoiler->name));
        // Each step is whole or not there: the file is one of a schema that a hub has known.
        const auto version = column(database, "PRAGMA user_version");
        ASSERT_THAT(version, ElementsAre(std::to_string(spoiler->left_at)));
        if (spoiler->left_at == GetParam()) {
            EXPECT_EQ(definitions(database), before);
        }
        execute(database, spoiler->mend);
    }
    HubRig hub(file_.path());  // the cause is gone, and so it goes on where it stopped
    EXPECT_EQ(hub.registry.statistics().total, 2);
}

INSTANTIATE_TEST_SUITE_P(Every, OldSchema, testing::Range(std::int64_t{1}, schema_version()));

TEST(Schema, IsMadeOnceAndLeftAlone) {
    const Handle database = open(":memory:");
    ASSERT_TRUE(migrate(database.get()));
    const auto first = definitions(database);
    ASSERT_TRUE(migrate(database.get()));
    EXPECT_EQ(definitions(database), first);
}

TEST(Schema, OfANewerHubIsRefusedAndLeftAlone) {
    const Handle database = open(":memory:");
    ASSERT_TRUE(migrate(database.get()));
    execute(database,
            "CREATE TABLE of_tomorrow (x); PRAGMA user_version = " + std::to_string(schema_version() + 1));
    const auto before = definitions(database);
    const auto refused = migrate(database.get());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("newer lockhub"));
    EXPECT_EQ(definitions(database), before);
}

TEST(Schema, OfAnotherProgramIsRefusedAndLeftAlone) {
    const Handle database = open(":memory:");
    execute(database, "CREATE TABLE theirs (x)");
    const auto refused = migrate(database.get());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::conflict);
    EXPECT_THAT(definitions(database), ElementsAre("table theirs CREATE TABLE theirs (x)"));
}

}  // namespace
}  // namespace hub
