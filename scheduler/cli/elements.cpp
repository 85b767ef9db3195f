#include "scheduler/cli/elements.hpp"

#include <utility>

namespace cli {

namespace {

std::string csv_field(const std::string& value) {
    if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

}  // namespace

Elements::Elements(Output& output, std::vector<std::string> columns)
    : output_(output), columns_(std::move(columns)) {}

Elements::~Elements() {
    if (began_) finish();
}

void Elements::begin() {
    if (std::exchange(began_, true)) return;
    if (output_.format == Format::json) output_.out << '[';
    if (output_.format == Format::csv) print_csv_line(output_.out, columns_);
}

void Elements::add(std::string_view json, const std::vector<std::string>& cells) {
    begin();
    switch (output_.format) {
        case Format::json:
            output_.out << (std::exchange(has_elements_, true) ? "," : "") << json;
            break;
        case Format::jsonl:
            output_.out << one_line(json) << std::endl;  // a reader of the pipe waits for it
            break;
        case Format::csv:
            print_csv_line(output_.out, cells);
            break;
        case Format::table:
            break;
    }
}

void Elements::finish() {
    begin();
    if (output_.format == Format::json) output_.out << "]\n";
    began_ = false;
}

void print_csv_line(std::ostream& out, const std::vector<std::string>& fields) {
    bool first = true;
    for (const auto& field : fields)
        out << (std::exchange(first, false) ? "" : ",") << csv_field(field);
    out << "\r\n";
}

void print_document(const Output& output, std::string_view json) {
    output.out << (output.format == Format::jsonl ? one_line(json) : std::string(json)) << '\n';
}

std::string one_line(std::string_view json) {
    std::string out(json);
    std::erase_if(out, [](char c) { return c == '\n' || c == '\r'; });
    return out;
}

}  // namespace cli
