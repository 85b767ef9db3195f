#include "scheduler/cli/rows.hpp"

#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/job_record.hpp"
#include "scheduler/cli/trimmed.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cli {

namespace {

constexpr std::size_t widest_cell = 60;

using Row = std::vector<std::pair<std::string, std::string>>;

// For people without the fraction of a second; for programs as it is, or nothing.
std::string when(base::JsonView time, std::size_t widest) {
    const auto text = time.as_string().value_or("");
    const bool for_people = widest == widest_cell;
    if (text.starts_with("0001-")) return for_people ? "never" : "";
    if (!for_people || text.size() < 19) return std::string(text);
    return std::string(text.substr(0, 19)) + "Z";
}

Row twin_row(base::JsonView twin, std::size_t widest) {
    const base::JsonView reported = twin.find("properties").find("reported");
    const base::JsonView lock = reported.find("lock");
    const base::JsonView door = reported.find("door");
    return {{"DEVICE", cell(twin.find("deviceId"))},
            {"STATUS", cell(twin.find("status"))},
            {"CONNECTION", cell(twin.find("connectionState"))},
            {"LOCK", cell(lock.is_object() ? lock.find("state") : lock)},
            {"DOOR", cell(door.is_object() ? door.find("state") : door)},
            {"LAST ACTIVITY", when(twin.find("lastActivityTime"), widest)},
            {"TAGS", twin.find("tags").size() > 0 ? shortened(twin.find("tags").dump(), widest) : ""}};
}

Row job_row(base::JsonView json, std::size_t widest) {
    const JobRecord job = read_job(json);
    // Of a method the hub counts answers; whether they were refusals stands in the rows alone.
    const auto count = [&job](bool meant, std::int64_t number) {
        return job.counted && meant ? std::to_string(number) : std::string();
    };
    return {{"JOB", job.id},
            {"STATUS", job.status},
            {"WHAT", shortened(job.what, widest)},
            {"WHERE", shortened(job.condition, widest)},
            {"START", when(json.find("startTime"), widest)},
            {"DEVICES", job.counted ? std::to_string(job.devices) : ""},
            {"SUCCEEDED", count(!job.is_method, job.succeeded)},
            {"FAILED", count(!job.is_method, job.failed)},
            {"ANSWERED", count(job.is_method, job.succeeded)},
            {"NO ANSWER", count(job.is_method, job.failed)}};
}

Row device_job_row(base::JsonView json, std::size_t widest) {
    const DeviceJob row = read_device_job(json);
    return {{"DEVICE", row.device},
            {"JOB", row.job},
            {"STATUS", row.status},
            {"ANSWER", row.method_status ? std::to_string(*row.method_status) : ""},
            {"UPDATED", when(json.find("lastUpdatedDateTimeUtc"), widest)},
            {"RESULT", row.failed() ? row.cause() : shortened(row.payload, widest)}};
}

Row raw_row(base::JsonView item, std::size_t widest) {
    if (!item.is_object()) return {{"VALUE", cell(item)}};
    Row row;
    for (const base::JsonView member : item)
        row.emplace_back(member.name(), shortened(cell(member), widest));
    return row;
}

// The array's elements, without its brackets.
std::string_view elements_of(std::string_view array) {
    const auto first = array.find('[');
    const auto last = array.rfind(']');
    const std::string_view inside = array.substr(first + 1, last - first - 1);
    return inside.find_first_not_of(" \t\r\n") == std::string_view::npos ? std::string_view() : inside;
}

std::string value_in(const Row& row, const std::string& column) {
    const auto found =
        std::find_if(row.begin(), row.end(), [&column](const auto& entry) { return entry.first == column; });
    return found == row.end() ? std::string() : found->second;
}

}  // namespace

std::vector<std::string_view> raw_elements(std::string_view array) {
    std::vector<std::string_view> out;
    const std::string_view inside = elements_of(array);
    if (inside.empty()) return out;
    std::size_t depth = 0;
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < inside.size(); ++at) {
        const char c = inside[at];
        if (quoted) {
            if (c == '\\') ++at;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == ',' && depth == 0) {
            out.push_back(trimmed(inside.substr(begin, at - begin)));
            begin = at + 1;
        }
    }
    out.push_back(trimmed(inside.substr(begin)));
    return out;
}

std::string cell(base::JsonView value) {
    if (!value.exists() || value.is_null()) return "";
    if (const auto text = value.as_string()) return std::string(*text);
    return value.dump();
}

void RowPrinter::add(const Page& page) {
    if (output_.format == Format::jsonl) {
        std::size_t index = 0;
        const auto raw = raw_elements(page.text);
        for (const base::JsonView item : page.items) {
            const std::string_view bytes = raw[index++];
            if (!keep_ || keep_(item)) output_.out << one_line(bytes) << '\n';
        }
        return;
    }
    const bool as_json = output_.format == Format::json;
    if (as_json && !std::exchange(began_, true)) output_.out << '[';
    if (as_json && !keep_) return add_json(elements_of(page.text));
    for (const base::JsonView item : page.items) {
        if (keep_ && !keep_(item)) continue;
        if (as_json) {
            add_json(item.dump());
        } else {
            add_row(page.type, item);
        }
    }
}

void RowPrinter::add_json(std::string_view elements) {
    if (elements.empty()) return;
    output_.out << (std::exchange(has_elements_, true) ? "," : "") << elements;
}

void RowPrinter::add_row(std::string_view type, base::JsonView item) {
    const std::size_t widest = output_.format == Format::csv ? std::string::npos : widest_cell;
    Row row = type == "Twin"          ? twin_row(item, widest)
              : type == "DeviceJob"   ? device_job_row(item, widest)
              : type == "JobResponse" ? job_row(item, widest)
                                      : raw_row(item, widest);
    for (const auto& [name, value] : row) {
        if (std::find(columns_.begin(), columns_.end(), name) == columns_.end()) columns_.push_back(name);
    }
    rows_.push_back(std::move(row));
}

void RowPrinter::finish(std::string_view nothing) {
    if (output_.format == Format::json) output_.out << (began_ ? "" : "[") << "]\n";
    if (output_.as_json()) return;
    if (rows_.empty()) {
        output_.err << nothing << '\n';
        return;
    }
    if (output_.format == Format::csv) return print_csv(columns_);
    print_table(used_columns());
}

// A column in which no row has anything says nothing.
std::vector<std::string> RowPrinter::used_columns() const {
    std::vector<std::string> used;
    for (const auto& column : columns_) {
        const bool filled = std::any_of(rows_.begin(), rows_.end(),
                                        [&column](const Row& row) { return !value_in(row, column).empty(); });
        if (filled) used.push_back(column);
    }
    return used;
}

void RowPrinter::print_table(const std::vector<std::string>& columns) {
    Table table(columns);
    for (const auto& row : rows_) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const auto& column : columns)
            cells.push_back(value_in(row, column));
        table.add(std::move(cells));
    }
    table.print(output_);
}

void RowPrinter::print_csv(const std::vector<std::string>& columns) {
    print_csv_line(output_.out, columns);
    for (const auto& row : rows_) {
        std::vector<std::string> fields;
        fields.reserve(columns.size());
        for (const auto& column : columns)
            fields.push_back(value_in(row, column));
        print_csv_line(output_.out, fields);
    }
}

}  // namespace cli
