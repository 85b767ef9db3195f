#include "firmware/reported.hpp"

#include "protocol/twin.hpp"

#include <utility>

namespace firmware {

namespace {

base::Json without_nulls(base::JsonView value) {
    if (!value.is_object()) return base::Json(value);
    base::Json clean = base::Json::object();
    for (const base::JsonView member : value) {
        if (!member.is_null()) clean.set(member.name(), without_nulls(member));
    }
    return clean;
}

}  // namespace

base::Json difference(base::JsonView from, base::JsonView to) {
    base::Json patch = base::Json::object();
    for (const base::JsonView member : to) {
        const base::JsonView old = from.find(member.name());
        if (old.equals(member)) continue;
        patch.set(member.name(),
                  old.is_object() && member.is_object() ? difference(old, member) : base::Json(member));
    }
    for (const base::JsonView member : from) {
        if (!to.find(member.name()).exists()) patch.set(member.name(), base::Json());
    }
    return patch;
}

Reported::Reported() : wanted_(base::Json::object()) {}

void Reported::set(std::string_view name, const base::Json& value) {
    names_.emplace(name);
    if (value.view().is_null()) {
        wanted_.erase(name);
        return;
    }
    const base::Json before = base::Json(wanted_.find(name));
    if (before.view().equals(value)) return;
    base::Json alone = base::Json::object();
    alone.set(name, without_nulls(value));
    bool fits = protocol::check_section(alone, protocol::Section::reported).has_value();
    if (fits) {
        wanted_.set(name, base::Json(alone.find(name)));
        fits = protocol::check_section_size(wanted_, protocol::Section::reported).has_value();
        if (!fits && before.view().is_null()) wanted_.erase(name);
        if (!fits && !before.view().is_null()) wanted_.set(name, before);
    }
    if (!fits) ++left_out_;
}

void Reported::adopt(base::JsonView hub_reported) {
    hub_ = base::Json::object();
    under_way_.reset();
    for (const base::JsonView member : hub_reported) {
        // What somebody else or an older version left there is not ours to remove.
        if (names_.contains(member.name())) hub_->set(member.name(), base::Json(member));
    }
}

std::optional<std::string> Reported::next_patch() {
    if (!hub_ || under_way_) return std::nullopt;
    const base::Json patch = difference(*hub_, wanted_);
    if (patch.size() == 0) return std::nullopt;
    under_way_ = wanted_;
    return patch.dump();
}

bool Reported::more_to_say() const {
    return under_way_ && !under_way_->view().equals(wanted_);
}

void Reported::acknowledged() {
    if (!under_way_) return;
    hub_ = std::move(*under_way_);
    under_way_.reset();
}

void Reported::refused() {
    acknowledged();
}

void Reported::lost() {
    under_way_.reset();
}

void Reported::forget() {
    under_way_.reset();
    hub_.reset();
}

}  // namespace firmware
