#include "scheduler/query/attribute.hpp"

#include "scheduler/query/syntax_error.hpp"
#include "scheduler/query/to_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ql {

bool begins_attribute(const Token& token) {
    static constexpr std::array<std::string_view, 16> keywords = {
        "SELECT", "TOP", "FROM", "WHERE", "GROUP", "BY",    "AS",   "AND",
        "OR",     "NOT", "IN",   "NIN",   "TRUE",  "FALSE", "NULL", "UNDEFINED",
    };
    if (token.kind != TokenKind::word) return false;
    return std::none_of(keywords.begin(), keywords.end(),
                        [&](std::string_view keyword) { return token.is_word(keyword); });
}

base::Result<Attribute> parse_attribute(TokenStream& tokens, std::string_view expected) {
    if (!begins_attribute(tokens.peek())) return tokens.unexpected(expected);
    Attribute attribute;
    attribute.offset = tokens.peek().offset;
    attribute.written.names.push_back(tokens.take().name());
    while (tokens.take_symbol(".")) {
        if (!tokens.peek().is_name()) return tokens.unexpected("a name behind the dot");
        if (auto fits = tokens.check_list(attribute.written.names.size(), "path"); !fits) {
            return std::move(fits).error();
        }
        attribute.written.names.push_back(tokens.take().name());
    }
    return attribute;
}

base::Result<Path> resolve(const Attribute& attribute, Source source, const TokenStream& tokens) {
    std::vector<std::string> names = attribute.written.names;
    std::size_t prefix = 0;
    if (names.size() > 1 && same_word(names[0], "devices")) {
        prefix = 1;
        for (const Source other : {Source::modules, Source::jobs}) {
            const std::string_view name = other == Source::modules ? "modules" : "jobs";
            if (!same_word(names[1], name)) continue;
            const std::string whole = "devices." + std::string(name);
            if (other != source) {
                return tokens.error_at(attribute.offset,
                                       "found " + quoted(whole) + ", expected an attribute of " +
                                           std::string(to_text(source)) + ", the source of this query");
            }
            if (names.size() == 2) {
                return tokens.error_at(
                    attribute.offset,
                    "found " + quoted(whole) + ", expected an attribute, such as " + whole + ".deviceId");
            }
            prefix = 2;
        }
    }
    names.erase(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(prefix));
    names.front() = system_name(names.front());
    return Path{std::move(names)};
}

}  // namespace ql
