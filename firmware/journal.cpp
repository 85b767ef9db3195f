#include "firmware/journal.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

namespace firmware {

const Journal::Entry* Journal::find(std::string_view id) const {
    const auto it =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; });
    return it == entries_.end() ? nullptr : &*it;
}

void Journal::begin(std::string id, std::string method, Target target) {
    assert(find(id) == nullptr);
    if (entries_.size() >= most_entries) {
        const auto oldest = std::find_if(entries_.begin(), entries_.end(),
                                         [](const Entry& e) { return e.answer.has_value(); });
        entries_.erase(oldest == entries_.end() ? entries_.begin() : oldest);
    }
    entries_.push_back(Entry{std::move(id), std::move(method), target, std::nullopt});
}

void Journal::finish(std::string_view id, Answer answer) {
    const auto it =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; });
    assert(it != entries_.end());
    it->answer = std::move(answer);
}

void Journal::forget(std::string_view id) {
    std::erase_if(entries_, [&](const Entry& e) { return e.id == id; });
}

base::Json Journal::to_json() const {
    base::Json json = base::Json::array();
    for (const Entry& entry : entries_) {
        base::Json item = base::Json::object(
            {{"id", entry.id}, {"method", entry.method}, {"target", name_of(entry.target)}});
        if (entry.answer) {
            item.set("status", entry.answer->status);
            item.set("body", entry.answer->body);
        }
        json.push_back(std::move(item));
    }
    return json;
}

base::Result<Journal> Journal::from_json(base::JsonView json) {
    const base::Error wrong{
        base::Errc::invalid_argument,
        "journal: an entry needs id, method, target and, with an outcome, status and body"};
    Journal journal;
    if (!json.is_array() || json.size() > most_entries) return wrong;
    for (const base::JsonView item : json) {
        const auto id = item.find("id").as_string();
        const auto method = item.find("method").as_string();
        const auto target = parse_target(item.find("target").as_string().value_or(""));
        if (!id || !method || !target || journal.find(*id) != nullptr) return wrong;
        Entry entry{std::string(*id), std::string(*method), *target, std::nullopt};
        if (item.find("status").exists()) {
            const auto status = item.find("status").as_integer();
            const auto body = item.find("body").as_string();
            if (!status || !body || *status < 0 || *status > 999) return wrong;
            entry.answer = Answer{static_cast<int>(*status), std::string(*body)};
        }
        journal.entries_.push_back(std::move(entry));
    }
    return journal;
}

}  // namespace firmware
