#include "scheduler/cli/audit_commands.hpp"

#include "base/file_layer.hpp"
#include "base/json.hpp"
#include "protocol/audit_chain.hpp"
#include "scheduler/cli/audit_reader.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cli {

namespace {

using protocol::AuditMark;
using protocol::AuditRecord;

constexpr base::JsonLimits record_limits{
    .bytes = std::size_t{4} * 1024 * 1024, .depth = 64, .comments = false};
constexpr std::size_t most_mark_file = 4096;
constexpr int most_tries = 3;

std::optional<Outcome> obstacle(Context& context) {
    const auto capabilities = context.service.capabilities();
    if (!capabilities) return failed(capabilities.error());
    if (capabilities->features.contains("audit")) return std::nullopt;
    return Outcome{
        Exit::refused,
        "this hub keeps no audit: it is an older lockhub, or an Azure IoT Hub, whose commands are in "
        "Azure's activity and diagnostic logs"};
}

Outcome refused(const base::Error& error, const Context& context) {
    if (error.code != base::Errc::unauthorized) return failed(error);
    return {Exit::not_authorised, "policy '" + context.service.connection().policy +
                                      "' may not read the audit: that takes the right RegistryRead (" +
                                      error.message + ")"};
}

// Who, what, and what came of it.
using Line = std::vector<std::string>;

std::string joined(const std::string& first, const std::string& second) {
    return second.empty() ? first : first + " " + second;
}

std::vector<Line> lines_of(base::JsonView entry) {
    const std::string time = cell(entry.find("time"));
    if (const auto job = entry.find("job"); job.exists()) {
        const std::string who = "job " + cell(job);
        if (!entry.find("rows").exists()) {
            return {{time, who, "",
                     cell(entry.find("status")) + ": " + cell(entry.find("succeeded")) + " succeeded, " +
                         cell(entry.find("failed")) + " failed, " + cell(entry.find("canceled")) +
                         " canceled"}};
        }
        std::vector<Line> lines;
        for (const base::JsonView row : entry.find("rows")) {
            std::vector<std::string> cells;
            for (const base::JsonView value : row) {
                cells.push_back(cell(value));
            }
            cells.resize(3);  // device, status, answer
            lines.push_back({time, who, cells[0], joined(cells[1], cells[2])});
        }
        return lines;
    }
    if (const auto command = entry.find("command"); command.exists()) {
        return {{time, "administrator", "lockhub " + cell(command),
                 entry.find("done").as_bool().value_or(false) ? "done" : "refused"}};
    }
    if (const auto request = entry.find("request"); request.exists()) {
        return {{time, cell(entry.find("policy")) + " from " + cell(entry.find("from")),
                 joined(cell(request), cell(entry.find("body"))),
                 joined(cell(entry.find("status")), cell(entry.find("answer")))}};
    }
    if (const auto pruned = entry.find("pruned"); pruned.exists()) {
        return {{time, "lockhub", "removed the records up to " + cell(pruned.find("seq")), ""}};
    }
    if (const auto lost = entry.find("lost"); lost.exists()) {
        return {{time, "lockhub", "could not keep " + cell(lost) + " entries: the disk took none", ""}};
    }
    return {{time, "", entry.dump(), ""}};
}

struct Verdict {
    AuditMark start;
    AuditMark head;
    std::int64_t records = 0;
    std::vector<std::string> findings;
};

// Nothing if the hub made the log shorter at its beginning meanwhile.
base::Result<std::optional<Verdict>> verify_once(Service& service, const std::optional<AuditMark>& kept) {
    std::optional<protocol::AuditVerifier> verifier;
    Verdict verdict;
    bool moved = false;
    const auto read = read_audit(service, 0, [&](const AuditPage& page) {
        if (!verifier) {
            verdict.start = page.start;
            verifier.emplace(page.start, kept);
        }
        moved = page.start.seq > verifier->last().seq;
        verdict.head = page.head;
        if (moved) return false;
        for (const AuditRecord& record : page.records) {
            verifier->add(record);
        }
        // What comes while we read is for the next time.
        return verifier->last().seq < page.head.seq;
    });
    if (!read) return read.error();
    if (moved || !verifier) return std::optional<Verdict>();
    verdict.records = verifier->records();
    verdict.findings = verifier->finish(verdict.head);
    return std::optional(std::move(verdict));
}

base::Result<std::optional<AuditMark>> read_mark(base::FileLayer& files, const std::string& path) {
    if (path.empty()) return std::optional<AuditMark>();
    const auto text = files.read(path, most_mark_file);
    if (!text && text.error().code == base::Errc::not_found) return std::optional<AuditMark>();
    if (!text) return text.error();
    auto mark = protocol::parse_audit_mark(*text);
    if (!mark) return base::Error{mark.error().code, path + " " + mark.error().message};
    return std::optional(std::move(*mark));
}

void tell(const Verdict& verdict, Output& output) {
    if (output.as_json()) {
        base::Json findings = base::Json::array();
        for (const std::string& sentence : verdict.findings) {
            findings.push_back(sentence);
        }
        base::Json json = base::Json::object({{"records", verdict.records}});
        json.set("start", protocol::to_text(verdict.start));
        json.set("head", protocol::to_text(verdict.head));
        json.set("findings", std::move(findings));
        output.out << json.dump() << '\n';
        return;
    }
    if (!verdict.findings.empty()) return;
    output.out << verdict.records << " records, behind " << verdict.start.seq << " and up to "
               << verdict.head.seq << ", are as they were written; the mark of the last is\n"
               << protocol::to_text(verdict.head) << '\n';
}

}  // namespace

Outcome run(const AuditList& command, Context& context) {
    if (auto no = obstacle(context)) return std::move(*no);
    std::int64_t after = 0;
    if (command.last > 0) {
        const auto page = read_audit_page(context.service, 0, 1);
        if (!page) return refused(page.error(), context);
        after = std::max<std::int64_t>(0, page->head.seq - command.last);
    }
    const std::vector<std::string> columns{"TIME", "WHO", "WHAT", "OUTCOME"};
    Elements elements(context.output, columns);
    Table table(columns);
    std::optional<base::Error> broken;
    const auto read = read_audit(context.service, after, [&](const AuditPage& page) {
        for (const AuditRecord& record : page.records) {
            const auto json = base::Json::parse(record.text, record_limits);
            if (!json) {
                broken = base::with_context(json.error(), "record " + std::to_string(record.seq));
                return false;
            }
            for (const base::JsonView entry : json->find("entries")) {
                for (Line& line : lines_of(entry)) {
                    if (context.output.format == Format::csv) elements.add({}, line);
                    table.add(std::move(line));
                }
            }
            if (context.output.as_json()) elements.add(record.text, {});
        }
        return !page.records.empty() && page.records.back().seq < page.head.seq;
    });
    if (!read) return refused(read.error(), context);
    elements.finish();
    if (context.output.format == Format::table) table.print(context.output);
    if (broken) return failed(*broken);
    return {};
}

Outcome run(const AuditVerify& command, Context& context) {
    base::PosixFileLayer files;
    const auto kept = read_mark(files, command.mark_file);
    if (!kept) return failed(kept.error());
    if (auto no = obstacle(context)) return std::move(*no);
    std::optional<Verdict> verdict;
    for (int tries = 0; tries < most_tries && !verdict; ++tries) {
        auto once = verify_once(context.service, *kept);
        if (!once) return refused(once.error(), context);
        verdict = std::move(*once);
    }
    if (!verdict) {
        return {Exit::failure, "the hub removes old records faster than they can be read; try again later"};
    }
    tell(*verdict, context.output);
    if (!verdict->findings.empty()) {
        std::string message = "the audit is not as it was written";
        for (const std::string& sentence : verdict->findings) {
            message += "\n  " + sentence;
        }
        return {Exit::failure, std::move(message)};
    }
    if (command.mark_file.empty()) return {};
    const auto written =
        base::replace_file(files, command.mark_file, protocol::to_text(verdict->head) + "\n", 0600);
    return written ? Outcome{} : failed(written.error());
}

}  // namespace cli
