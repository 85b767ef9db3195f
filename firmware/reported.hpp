#pragma once

#include "base/json.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace firmware {

// The reported properties: what we want the hub to know, and what it knows. However much changes while a
// patch is under way or the link is down, one patch with the difference follows. Pure.
class Reported {
  public:
    Reported();

    // What the hub should show under this name from now on; null: nothing. Nulls inside are left out, as a
    // twin cannot keep them. A value that no hub would take (protocol/twin.hpp: names, strings, depth, the
    // size of all together) is left out too, what stood there stays, and it is counted: the hub would refuse
    // the whole patch with it.
    void set(std::string_view name, const base::Json& value);

    // What the hub shows, from a full twin. Nothing is sent before that is known.
    void adopt(base::JsonView hub_reported);
    // The JSON text of the next patch, which is under way from now on; nothing if there is nothing to say, or
    // one is under way already.
    [[nodiscard]] std::optional<std::string> next_patch();
    // Something has changed since the one under way was made.
    [[nodiscard]] bool more_to_say() const;
    // What came of the one under way. A refused one is not sent again until something changes.
    void acknowledged();
    void refused();
    void lost();
    // The link is gone: what the hub knows will be read again.
    void forget();

    [[nodiscard]] base::JsonView wanted() const { return wanted_; }
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  private:
    std::set<std::string, std::less<>> names_;  // every one that was ever set
    base::Json wanted_;
    std::uint64_t left_out_ = 0;
    std::optional<base::Json> hub_;        // our names only
    std::optional<base::Json> under_way_;  // the wanted state of which the patch was made
};

// The merge patch that turns `from` into `to` (objects without nulls); empty if they are equal.
[[nodiscard]] base::Json difference(base::JsonView from, base::JsonView to);

}  // namespace firmware
