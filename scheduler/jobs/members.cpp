#include "scheduler/jobs/members.hpp"

#include "base/excerpt.hpp"
#include "scheduler/jobs/rollout.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace jobs {
namespace {

using Names = std::span<const std::string_view>;
using Members = std::vector<base::RawMember>;

constexpr std::size_t longest_shown = 40;
constexpr std::size_t most_named = 3;
constexpr base::JsonLimits limits{.bytes = std::size_t{1024} * 1024};

constexpr std::array<std::string_view, 2> abort_members{"failedCount", "failedPercent"};
constexpr std::array<std::string_view, 3> retry_members{"count", "backoff", "causes"};
// Of IoT Hub's job, in lower case: what is sent, and what its records have beside that.
constexpr std::array<std::string_view, 19> job_members{"jobid",          "type",
                                                       "jobtype",        "cloudtodevicemethod",
                                                       "updatetwin",     "querycondition",
                                                       "starttime",      "endtime",
                                                       "createdtime",    "maxexecutiontimeinseconds",
                                                       "status",         "failurereason",
                                                       "statusmessage",  "devicejobstatistics",
                                                       "parentjobid",    "deviceid",
                                                       "etag",           "lastupdateddatetime",
                                                       "createddatetime"};
constexpr std::array<std::string_view, 21> twin_members{"etag",
                                                        "tags",
                                                        "properties",
                                                        "deviceid",
                                                        "moduleid",
                                                        "deviceetag",
                                                        "version",
                                                        "status",
                                                        "statusreason",
                                                        "statusupdatetime",
                                                        "connectionstate",
                                                        "lastactivitytime",
                                                        "cloudtodevicemessagecount",
                                                        "authenticationtype",
                                                        "x509thumbprint",
                                                        "modelid",
                                                        "capabilities",
                                                        "configurations",
                                                        "devicescope",
                                                        "parentscopes",
                                                        "$metadata"};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(
        out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool knows(Names names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::string list(Names names) {
    std::string out;
    for (const std::string_view name : names) {
        out += (out.empty() ? "" : ", ") + std::string(name);
    }
    return out;
}

std::string shown(std::string_view name) {
    return "'" + base::excerpt(name, longest_shown) + "'";
}

base::Error unknown(std::string_view where, std::string_view name, Names right) {
    return {base::Errc::invalid_argument,
            std::string(where) + " has no member " + shown(name) + "; it may have: " + list(right)};
}

base::Result<void> check_object(const Members& body, std::string_view name, Names right) {
    const auto text = base::find_raw(body, name);
    if (!text) return {};
    const auto object = base::Json::parse(*text, limits);
    if (!object || !object->is_object()) return {};  // parse_rollout() says what it has to be
    for (const base::JsonView member : *object) {
        if (!knows(right, member.name())) return unknown(name, member.name(), right);
    }
    return {};
}

// Whether one letter too many, too few, another one, or two that changed places make one the other.
bool one_slip_apart(std::string_view one, std::string_view other) {
    const std::size_t shorter = std::min(one.size(), other.size());
    if (std::max(one.size(), other.size()) > shorter + 1) return false;
    std::size_t head = 0;
    while (head < shorter && one[head] == other[head])
        ++head;
    one.remove_prefix(head);
    other.remove_prefix(head);
    std::size_t tail = 0;
    while (tail < std::min(one.size(), other.size()) &&
           one[one.size() - 1 - tail] == other[other.size() - 1 - tail])
        ++tail;
    one.remove_suffix(tail);
    other.remove_suffix(tail);
    const bool swapped = one.size() == 2 && other.size() == 2 && one[0] == other[1] && one[1] == other[0];
    return swapped || (one.size() < 2 && other.size() < 2);
}

// "date" is no slip of "rate": a name as short as that counts only in another case, or in the plural.
bool is_meant(std::string_view name, std::string_view own) {
    const std::string text = lower(name);
    const std::string right = lower(own);
    if (text == right || text == right + "s") return true;
    return own.size() > 4 && one_slip_apart(text, right);
}

void add_unknown(Names known, const Members& members, std::string_view prefix, std::string& names,
                 std::size_t& count) {
    for (const base::RawMember& member : members) {
        if (knows(known, lower(member.name))) continue;
        if (prefix.empty() && knows(rollout_members, member.name)) continue;
        if (count++ >= most_named) continue;
        names +=
            (names.empty() ? "" : ", ") + std::string(prefix) + base::excerpt(member.name, longest_shown);
    }
}

bool changes_nothing(const TwinAction& action) {
    const auto twin = base::Json::parse(action.update_twin, limits);
    if (!twin) return false;
    const auto empty = [](base::JsonView section) {
        return !section.is_null() && section.size() == 0;  // null empties the section
    };
    return empty(twin->find("tags")) && empty(twin->find("properties").find("desired"));
}

}  // namespace

base::Result<void> check_own_members(const Members& body) {
    if (auto good = check_object(body, "abort", abort_members); !good) return good;
    if (auto good = check_object(body, "retry", retry_members); !good) return good;
    for (const base::RawMember& member : body) {
        if (knows(rollout_members, member.name) || knows(job_members, lower(member.name))) continue;
        if (lower(member.name) == "rollout") {
            return base::Error{
                base::Errc::invalid_argument,
                shown(member.name) +
                    " is no member of a job; these stand in the job itself: " + list(rollout_members)};
        }
        for (const std::string_view own : rollout_members) {
            if (!is_meant(member.name, own)) continue;
            return base::Error{base::Errc::invalid_argument,
                               "a job has no member " + shown(member.name) + "; '" + std::string(own) +
                                   "' may be meant. Beside IoT Hub's it may have: " + list(rollout_members)};
        }
    }
    return {};
}

base::Result<void> check_changes_something(const Action& action) {
    const auto* twin = std::get_if<TwinAction>(&action);
    if (twin == nullptr) return {};
    const auto object = base::Json::parse(twin->update_twin, limits);
    if (!object) return {};
    if (object->find("tags").exists() || object->find("properties").find("desired").exists()) return {};
    std::string others;
    for (const base::JsonView member : *object) {
        if (member.name() != "etag" && others.size() < 2 * longest_shown)
            others += (others.empty() ? "" : ", ") + base::excerpt(member.name(), longest_shown);
    }
    return base::Error{base::Errc::invalid_argument,
                       "updateTwin changes nothing" +
                           (others.empty() ? std::string() : " (it has " + others + ")") +
                           "; it must have tags, properties.desired, or both: properties.reported are the "
                           "device's own"};
}

std::string remark_on_members(const Members& body, const Action& action) {
    std::string names;
    std::size_t count = 0;
    add_unknown(job_members, body, "", names, count);
    const auto* twin = std::get_if<TwinAction>(&action);
    if (twin != nullptr) {
        if (const auto members = base::raw_members(twin->update_twin, limits)) {
            add_unknown(twin_members, *members, "updateTwin.", names, count);
        }
    }
    std::string remark;
    if (count > 0) {
        remark = "ignored, for no job has such a member: " + names + (count > most_named ? ", …" : "");
    }
    if (twin != nullptr && changes_nothing(*twin)) {
        remark += std::string(remark.empty() ? "" : "; ") +
                  "the job changes nothing: its tags and desired properties are empty";
    }
    return remark;
}

}  // namespace jobs
