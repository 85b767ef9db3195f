#pragma once

#include "scheduler/query/query.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace query_test {

// Queries by chance, such as the parser could have made them; the same for the same seed.
class RandomQuery {
  public:
    explicit RandomQuery(std::uint32_t seed) : random_(seed) {}

    ql::Query query();
    ql::Expression expression(std::size_t depth);

  private:
    std::size_t below(std::size_t end) { return random_() % end; }
    bool chance(std::size_t in) { return below(in) == 0; }
    template <typename T, std::size_t N>
    T any(const std::array<T, N>& of) {
        return of[below(N)];
    }

    ql::Path path();
    ql::Constant constant(std::size_t depth);
    ql::Constant::List list(std::size_t depth);
    ql::Expression operation(std::size_t depth);
    void add_items(ql::Query& query);

    std::mt19937 random_;
};

}  // namespace query_test
