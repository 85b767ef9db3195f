#include "scheduler/query/query_parser.hpp"

#include "scheduler/query/clauses.hpp"
#include "scheduler/query/syntax_error.hpp"
#include "scheduler/query/to_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string>
#include <utility>

namespace ql {
namespace {

constexpr std::array<Aggregate, 5> aggregates = {Aggregate::count, Aggregate::avg, Aggregate::sum,
                                                 Aggregate::min, Aggregate::max};

std::optional<Aggregate> aggregate_at(const Token& token) {
    const auto* const found = std::find_if(aggregates.begin(), aggregates.end(), [&](Aggregate aggregate) {
        return token.is_word(to_text(aggregate));
    });
    return found == aggregates.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

base::Result<Query> QueryParser::query() {
    Query query;
    if (!tokens_.take_word("SELECT")) return tokens_.unexpected("SELECT");
    if (auto read = top(query); !read) return std::move(read).error();
    auto items = select_list();
    if (!items) return std::move(items).error();
    if (!tokens_.take_word("FROM")) return tokens_.unexpected(items->empty() ? "FROM" : "AS, ',' or FROM");
    const auto from = parse_source(tokens_);
    if (!from) return from.error();
    query.condition.source = *from;
    if (auto resolved = resolve_items(*items, query); !resolved) return std::move(resolved).error();
    if (auto read = parse_where(tokens_, query.condition); !read) return std::move(read).error();
    if (auto read = group_by(query); !read) return std::move(read).error();
    if (!tokens_.at_end()) {
        if (!query.group_by.empty()) return tokens_.unexpected("',' or the end of the query");
        return tokens_.unexpected(query.condition.where ? "an operator, GROUP BY or the end of the query"
                                                        : "WHERE, GROUP BY or the end of the query");
    }
    if (auto fits = check_grouping(*items, query); !fits) return std::move(fits).error();
    return query;
}

base::Result<void> QueryParser::top(Query& query) {
    if (!tokens_.take_word("TOP")) return {};
    const Token& token = tokens_.peek();
    std::uint64_t count = 0;
    const char* const last = token.source.data() + token.source.size();
    const bool whole =
        token.kind == TokenKind::number && std::from_chars(token.source.data(), last, count).ptr == last;
    if (!whole || count == 0) return tokens_.unexpected("a whole number from 1 behind TOP");
    tokens_.take();
    query.top = count;
    return {};
}

base::Result<std::vector<QueryParser::WrittenItem>> QueryParser::select_list() {
    std::vector<WrittenItem> items;
    if (tokens_.take_symbol("*")) return items;
    if (tokens_.peek().is_word("DISTINCT") && tokens_.peek_behind().is_name()) {
        return tokens_.unexpected("'*', an attribute or an aggregate");
    }
    do {
        if (auto fits = tokens_.check_list(items.size(), "SELECT list"); !fits) {
            return std::move(fits).error();
        }
        auto read = item();
        if (!read) return std::move(read).error();
        items.push_back(std::move(*read));
    } while (tokens_.take_symbol(","));
    return items;
}

base::Result<QueryParser::WrittenItem> QueryParser::item() {
    const Token& first = tokens_.peek();
    if (first.kind == TokenKind::word && tokens_.peek_behind().is_symbol("(")) return aggregate();
    auto attribute = parse_attribute(tokens_, "'*', an attribute or an aggregate");
    if (!attribute) return std::move(attribute).error();
    WrittenItem written{.item = {}, .attribute = {}, .offset = attribute->offset};
    written.item.name = attribute->written.names.back();
    written.attribute = std::move(*attribute);
    if (auto read = alias(written.item); !read) return std::move(read).error();
    return written;
}

base::Result<QueryParser::WrittenItem> QueryParser::aggregate() {
    const Token& name = tokens_.take();
    WrittenItem written{.item = {}, .attribute = {}, .offset = name.offset};
    written.item.aggregate = aggregate_at(name);
    if (!written.item.aggregate) {
        return tokens_.error_at(name.offset, "found " + quoted(name.source) +
                                                 ", expected COUNT(), or AVG, SUM, MIN or MAX(attribute)");
    }
    written.item.name = to_text(*written.item.aggregate);
    tokens_.take();
    if (*written.item.aggregate != Aggregate::count) {
        auto attribute = parse_attribute(tokens_, "the attribute to aggregate");
        if (!attribute) return std::move(attribute).error();
        written.attribute = std::move(*attribute);
        if (!tokens_.take_symbol(")")) return tokens_.unexpected("')'");
    } else if (!tokens_.take_symbol(")")) {
        return tokens_.unexpected("')': COUNT() counts what is found and takes no argument");
    }
    if (auto read = alias(written.item); !read) return std::move(read).error();
    return written;
}

base::Result<void> QueryParser::alias(Item& item) {
    if (!tokens_.take_word("AS")) return {};
    if (!tokens_.peek().is_name()) return tokens_.unexpected("a name behind AS");
    item.name = tokens_.take().name();
    return {};
}

base::Result<void> QueryParser::resolve_items(const std::vector<WrittenItem>& items, Query& query) {
    std::set<std::string_view> names;
    for (const WrittenItem& written : items) {
        if (query.condition.source == Source::jobs) {
            return tokens_.error_at(
                written.offset, "found a SELECT list, expected '*': FROM devices.jobs gives whole rows only");
        }
        if (!names.insert(written.item.name).second) {
            return tokens_.error_at(written.offset, "found a second item named " + quoted(written.item.name) +
                                                        ", expected another name for it behind AS");
        }
        Item item = written.item;
        if (written.attribute) {
            auto path = resolve(*written.attribute, query.condition.source, tokens_);
            if (!path) return std::move(path).error();
            item.path = std::move(*path);
        }
        query.items.push_back(std::move(item));
    }
    return {};
}

base::Result<void> QueryParser::group_by(Query& query) {
    if (!tokens_.peek().is_word("GROUP")) return {};
    if (query.condition.source == Source::jobs) {
        return tokens_.unexpected("the end of the query: FROM devices.jobs knows no GROUP BY");
    }
    if (query.items.empty()) {
        return tokens_.unexpected(
            "the end of the query: SELECT * cannot be grouped, only a list of aggregates "
            "and of the attributes that are grouped by");
    }
    tokens_.take();
    if (!tokens_.take_word("BY")) return tokens_.unexpected("BY");
    do {
        if (auto fits = tokens_.check_list(query.group_by.size(), "GROUP BY list"); !fits) return fits;
        const auto attribute = parse_attribute(tokens_, "an attribute to group by");
        if (!attribute) return attribute.error();
        auto path = resolve(*attribute, query.condition.source, tokens_);
        if (!path) return std::move(path).error();
        query.group_by.push_back(std::move(*path));
    } while (tokens_.take_symbol(","));
    return {};
}

base::Result<void> QueryParser::check_grouping(const std::vector<WrittenItem>& items,
                                               const Query& query) const {
    const bool aggregates_only =
        !query.group_by.empty() || std::any_of(query.items.begin(), query.items.end(),
                                               [](const Item& item) { return item.aggregate.has_value(); });
    if (!aggregates_only) return {};
    for (std::size_t i = 0; i < query.items.size(); ++i) {
        const Item& item = query.items[i];
        const bool grouped = item.path && std::find(query.group_by.begin(), query.group_by.end(),
                                                    *item.path) != query.group_by.end();
        if (item.aggregate || grouped) continue;
        return tokens_.error_at(items[i].offset,
                                "found " + quoted(to_text(*item.path)) +
                                    " beside an aggregate or GROUP BY, expected it behind GROUP "
                                    "BY or inside an aggregate");
    }
    return {};
}

}  // namespace ql
