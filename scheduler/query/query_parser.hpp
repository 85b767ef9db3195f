#pragma once

#include "base/result.hpp"
#include "scheduler/query/attribute.hpp"
#include "scheduler/query/query.hpp"
#include "scheduler/query/token_stream.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace ql {

// Reads a whole query.
class QueryParser {
  public:
    // The stream must outlive the parser.
    explicit QueryParser(TokenStream& tokens) : tokens_(tokens) {}

    [[nodiscard]] base::Result<Query> query();

  private:
    // An item whose path waits for the source.
    struct WrittenItem {
        Item item;
        std::optional<Attribute> attribute;
        std::size_t offset = 0;
    };

    base::Result<void> top(Query& query);
    base::Result<std::vector<WrittenItem>> select_list();
    base::Result<WrittenItem> item();
    base::Result<WrittenItem> aggregate();
    base::Result<void> alias(Item& item);
    base::Result<void> resolve_items(const std::vector<WrittenItem>& items, Query& query);
    base::Result<void> group_by(Query& query);
    [[nodiscard]] base::Result<void> check_grouping(const std::vector<WrittenItem>& items,
                                                    const Query& query) const;

    TokenStream& tokens_;
};

}  // namespace ql
