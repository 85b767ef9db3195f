#pragma once

#include "scheduler/cli/output.hpp"
#include "scheduler/cli/service.hpp"
#include "scheduler/cli/table.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

// Prints the pages of a list. As JSON: one array, or one line for each row, with the bytes they came with,
// page by page. As a table: twins, job records and device jobs with columns chosen for them, anything else
// with a column for each name that occurs. As CSV (RFC 4180): the same columns, nothing cut.
class RowPrinter {
  public:
    // Of the rows, those that `keep` wants; without it, all.
    explicit RowPrinter(Output& output, std::function<bool(base::JsonView)> keep = nullptr)
        : output_(output), keep_(std::move(keep)) {}

    void add(const Page& page);
    // `nothing` is told on err when there was no row to put into a table.
    void finish(std::string_view nothing);

  private:
    using Row = std::vector<std::pair<std::string, std::string>>;

    void add_json(std::string_view elements);
    void print_csv(const std::vector<std::string>& columns);
    void print_table(const std::vector<std::string>& columns);
    [[nodiscard]] std::vector<std::string> used_columns() const;
    void add_row(std::string_view type, base::JsonView item);

    Output& output_;
    std::function<bool(base::JsonView)> keep_;
    std::vector<std::string> columns_;  // in order of appearance
    std::vector<Row> rows_;
    bool began_ = false;  // of a JSON array
    bool has_elements_ = false;
};

// The elements of a JSON array that is known to be valid, each with its own bytes.
[[nodiscard]] std::vector<std::string_view> raw_elements(std::string_view array);

// A JSON value for a table cell: text as it is, everything else as JSON; absent and null are empty.
[[nodiscard]] std::string cell(base::JsonView value);

}  // namespace cli
