#pragma once

#include "scheduler/cli/output.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Prints a list whose elements come to be known one by one: as JSON one array, as JSON lines and as CSV (RFC
// 4180) a line each, under a line of columns. As a table it prints nothing: that is the command's own. What
// was begun is ended when this goes, so that a command that stops half way leaves a document that can be
// read.
class Elements {
  public:
    Elements(Output& output, std::vector<std::string> columns);
    ~Elements();
    Elements(const Elements&) = delete;
    Elements& operator=(const Elements&) = delete;

    // `json` passes with its own bytes, but for line ends; one cell for each column.
    void add(std::string_view json, const std::vector<std::string>& cells);
    // That was all; without an element the list is empty.
    void finish();

  private:
    void begin();

    Output& output_;
    std::vector<std::string> columns_;
    bool began_ = false;
    bool has_elements_ = false;
};

// One line of CSV, its end included.
void print_csv_line(std::ostream& out, const std::vector<std::string>& fields);

// A result that is one thing, as -o json and -o jsonl have it.
void print_document(const Output& output, std::string_view json);

// JSON that is known to be valid, without the line ends that may stand between its tokens.
[[nodiscard]] std::string one_line(std::string_view json);

}  // namespace cli
