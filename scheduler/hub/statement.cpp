#include "scheduler/hub/statement.hpp"

#include "scheduler/hub/database.hpp"

#include <sqlite3.h>

#include <cassert>
#include <chrono>
#include <utility>

namespace hub {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    (void)sqlite3_finalize(statement);  // repeats the error of the last step, which was looked at then
}

Statement::Statement(Database& database, std::unique_ptr<sqlite3_stmt, Finalize> statement)
    : database_(&database), statement_(std::move(statement)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Statement& Statement::start() {
    finish();
    parameter_ = 0;
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would mean NULL
    const int result = sqlite3_bind_text(statement_.get(), ++parameter_, data, static_cast<int>(text.size()),
                                         SQLITE_TRANSIENT);
    assert(result == SQLITE_OK);
    (void)result;
    return *this;
}

Statement& Statement::bind(std::int64_t number) {
    const int result = sqlite3_bind_int64(statement_.get(), ++parameter_, number);
    assert(result == SQLITE_OK);
    (void)result;
    return *this;
}

Statement& Statement::bind(base::SystemTime time) {
    return bind(static_cast<std::int64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count()));
}

Statement& Statement::bind_null() {
    const int result = sqlite3_bind_null(statement_.get(), ++parameter_);
    assert(result == SQLITE_OK);
    (void)result;
    return *this;
}

std::int64_t Statement::run() {
    assert(parameter_ == sqlite3_bind_parameter_count(statement_.get()));
    if (!database_->may_write()) return 0;
    const int result = sqlite3_step(statement_.get());
    const std::int64_t changed = sqlite3_changes64(database_->database_.get());
    if (result != SQLITE_DONE) database_->spoil(result);
    finish();
    return result == SQLITE_DONE ? changed : 0;
}

bool Statement::step() {
    assert(parameter_ == sqlite3_bind_parameter_count(statement_.get()));
    column_ = 0;
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) database_->spoil(result);
    finish();
    return false;
}

void Statement::finish() {
    (void)sqlite3_reset(statement_.get());  // repeats the error of the last step, which was looked at then
    (void)sqlite3_clear_bindings(statement_.get());  // cannot fail
}

std::string_view Statement::text() {
    const int column = column_++;
    const auto* data = sqlite3_column_text(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    if (data == nullptr) return {};
    return {reinterpret_cast<const char*>(data), size};  // SQLite's bytes are unsigned
}

std::int64_t Statement::number() {
    return sqlite3_column_int64(statement_.get(), column_++);
}

base::SystemTime Statement::time() {
    return base::SystemTime(
        std::chrono::duration_cast<base::SystemTime::duration>(std::chrono::nanoseconds(number())));
}

std::optional<base::SystemTime> Statement::maybe_time() {
    if (sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL) {
        ++column_;
        return std::nullopt;
    }
    return time();
}

}  // namespace hub
