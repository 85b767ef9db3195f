#include "scheduler/http/message.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <utility>

namespace http {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <typename Map>
std::string_view value_of(const Map& map, std::string_view name) {
    const auto found = map.find(name);
    return found == map.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

bool HeaderLess::operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return lower(x) < lower(y); });
}

std::string_view Request::header(std::string_view name) const {
    return value_of(headers, name);
}

std::string_view Request::parameter(std::string_view name) const {
    return value_of(query, name);
}

std::string_view Response::header(std::string_view name) const {
    return value_of(headers, name);
}

Response json_response(int status, std::string body) {
    return Response{
        status, {{"Content-Type", "application/json; charset=utf-8"}}, std::move(body), {}, false};
}

Response error_response(int status, std::string_view text) {
    return json_response(status, R"({"Message":)" + base::quote_json(text) + "}");
}

}  // namespace http
