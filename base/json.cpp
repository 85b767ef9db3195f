#include "base/json.hpp"

#include "base/json_scan.hpp"

#include <cjson/cJSON.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <new>

namespace base {
namespace {

constexpr double most_exact_integer = 9007199254740991.0;  // 2^53 - 1

cJSON* checked(cJSON* node) {
    if (node == nullptr) throw std::bad_alloc();
    return node;
}

// cJSON's strings end at the first NUL. JSON from outside holds none (the scanner refuses it); text from
// elsewhere shows it as the replacement character.
std::string without_nul(std::string_view text) {
    std::string clean(text);
    for (std::size_t at = clean.find('\0'); at != std::string::npos; at = clean.find('\0', at)) {
        clean.replace(at, 1, "\xef\xbf\xbd");
    }
    return clean;
}

cJSON* find_child(const cJSON* object, std::string_view name) {
    for (cJSON* child = object->child; child != nullptr; child = child->next) {
        if (name == child->string) return child;
    }
    return nullptr;
}

}  // namespace

TextPosition position_of(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t last_line = before.rfind('\n');
    return {.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
            .column = before.size() - (last_line == std::string_view::npos ? 0 : last_line + 1) + 1};
}

JsonView::Type JsonView::type() const {
    if (node_ == nullptr) return Type::absent;
    switch (node_->type & 0xff) {
        case cJSON_False:
        case cJSON_True:
            return Type::boolean;
        case cJSON_Number:
            return Type::number;
        case cJSON_String:
            return Type::string;
        case cJSON_Array:
            return Type::array;
        case cJSON_Object:
            return Type::object;
        default:
            return Type::null;
    }
}

std::optional<bool> JsonView::as_bool() const {
    if (!is_bool()) return std::nullopt;
    return cJSON_IsTrue(node_) != 0;
}

std::optional<double> JsonView::as_number() const {
    if (!is_number()) return std::nullopt;
    return node_->valuedouble;
}

std::optional<std::int64_t> JsonView::as_integer() const {
    if (!is_number()) return std::nullopt;
    const double value = node_->valuedouble;
    if (std::trunc(value) != value || std::abs(value) > most_exact_integer) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::optional<std::string_view> JsonView::as_string() const {
    if (!is_string()) return std::nullopt;
    return std::string_view(node_->valuestring);
}

JsonView JsonView::find(std::string_view name) const {
    if (!is_object()) return {};
    return JsonView(find_child(node_, name));
}

std::size_t JsonView::size() const {
    if (!is_object() && !is_array()) return 0;
    return static_cast<std::size_t>(cJSON_GetArraySize(node_));
}

JsonView::Iterator JsonView::begin() const {
    return Iterator(is_object() || is_array() ? node_->child : nullptr);
}

JsonView::Iterator JsonView::end() {
    return Iterator(nullptr);
}

JsonView::Iterator& JsonView::Iterator::operator++() {
    node_ = node_->next;
    return *this;
}

std::string_view JsonView::name() const {
    if (node_ == nullptr || node_->string == nullptr) return {};
    return node_->string;
}

bool JsonView::equals(JsonView other) const {
    if (type() != other.type() || size() != other.size()) return false;
    switch (type()) {
        case Type::boolean:
            return as_bool() == other.as_bool();
        case Type::number:
            return as_number() == other.as_number();
        case Type::string:
            return as_string() == other.as_string();
        case Type::object:
            return std::all_of(begin(), end(), [other](JsonView mine) {
                const JsonView theirs = other.find(mine.name());
                return theirs.exists() && mine.equals(theirs);
            });
        case Type::array:
            return std::equal(begin(), end(), other.begin(),
                              [](JsonView a, JsonView b) { return a.equals(b); });
        default:
            return true;
    }
}

void Json::Free::operator()(cJSON* node) const {
    cJSON_Delete(node);
}

Json::Json() : node_(checked(cJSON_CreateNull())) {}
Json::Json(bool value) : node_(checked(cJSON_CreateBool(value ? 1 : 0))) {}
Json::Json(double value) : node_(checked(cJSON_CreateNumber(value))) {
    assert(std::isfinite(value));
}
Json::Json(std::int64_t value) : Json(static_cast<double>(value)) {
    assert(std::abs(static_cast<double>(value)) <= most_exact_integer);
}
Json::Json(std::string_view value) : node_(checked(cJSON_CreateString(without_nul(value).c_str()))) {}
Json::Json(JsonView view)
    : node_(checked(view.exists() ? cJSON_Duplicate(view.node(), 1) : cJSON_CreateNull())) {
    // A copy of a member is a value of its own: it has no name until it is set somewhere.
    cJSON_free(node_->string);
    node_->string = nullptr;
}
Json::Json(const Json& other) : Json(other.view()) {}
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) {
    if (this != &other) *this = Json(other);
    return *this;
}
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

Json Json::array() {
    return Json(checked(cJSON_CreateArray()));
}
Json Json::object() {
    return Json(checked(cJSON_CreateObject()));
}

Json Json::object(std::initializer_list<std::pair<std::string_view, Json>> members) {
    Json made = object();
    for (const auto& [name, value] : members)
        made.set(name, value);
    return made;
}

Result<Json> Json::parse(std::string_view text, JsonLimits limits) {
    std::string without_comments;
    const auto blank = [&](std::size_t begin, std::size_t end) {
        if (without_comments.empty()) without_comments = text;
        std::fill(without_comments.begin() + static_cast<std::ptrdiff_t>(begin),
                  without_comments.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    };
    if (auto good = JsonScanner(text, limits).scan({}, blank); !good) return std::move(good).error();
    const std::string_view clean = without_comments.empty() ? text : std::string_view(without_comments);
    cJSON* node = cJSON_ParseWithLength(clean.data(), clean.size());
    if (node == nullptr) return Error{Errc::internal, "the JSON library refused a text that is valid"};
    return Json(node);
}

void Json::set(std::string_view name, Json value) {
    assert(view().is_object());
    if (cJSON* old = find_child(node_.get(), name); old != nullptr) {
        cJSON* fresh = value.node_.release();
        const std::string key(name);
        fresh->string = static_cast<char*>(cJSON_malloc(key.size() + 1));
        if (fresh->string == nullptr) throw std::bad_alloc();
        std::copy_n(key.c_str(), key.size() + 1, fresh->string);
        cJSON_ReplaceItemViaPointer(node_.get(), old, fresh);
        return;
    }
    add(name, std::move(value));
}

void Json::add(std::string_view name, Json value) {
    assert(view().is_object());
    if (cJSON_AddItemToObject(node_.get(), without_nul(name).c_str(), value.node_.get()) == 0)
        throw std::bad_alloc();
    (void)value.node_.release();  // the object owns it now
}

bool Json::erase(std::string_view name) {
    assert(view().is_object());
    cJSON* child = find_child(node_.get(), name);
    if (child == nullptr) return false;
    cJSON_Delete(cJSON_DetachItemViaPointer(node_.get(), child));
    return true;
}

void Json::push_back(Json value) {
    assert(view().is_array());
    if (cJSON_AddItemToArray(node_.get(), value.node_.get()) == 0) throw std::bad_alloc();
    (void)value.node_.release();  // the array owns it now
}

Result<void> check_json(std::string_view text, JsonLimits limits) {
    return JsonScanner(text, limits).scan();
}

Result<std::vector<RawMember>> raw_members(std::string_view text, JsonLimits limits) {
    std::vector<RawMember> members;
    const auto add = [&](std::string_view name, std::size_t begin, std::size_t end) {
        members.push_back({std::string(name), text.substr(begin, end - begin), begin});
    };
    JsonScanner scanner(text, limits);
    if (auto good = scanner.scan(add); !good) return std::move(good).error();
    if (!scanner.found_object()) return Error{Errc::invalid_argument, "expected a JSON object"};
    return members;
}

std::optional<std::string_view> find_raw(const std::vector<RawMember>& members, std::string_view name) {
    const auto found =
        std::find_if(members.begin(), members.end(), [name](const RawMember& m) { return m.name == name; });
    if (found == members.end()) return std::nullopt;
    return found->value;
}

}  // namespace base
