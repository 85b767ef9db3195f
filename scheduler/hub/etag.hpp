#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hub {

// The If-Match of a request: absent, anything ("*"), or one etag. Accepts *, "*", "x", x and W/"x"
// (iothub-protocol.md §2.4); what is not quoted counts as a value.
class IfMatch {
  public:
    IfMatch() = default;                                          // absent
    [[nodiscard]] static IfMatch parse(std::string_view header);  // an empty header is an absent one

    [[nodiscard]] bool absent() const { return !etag_; }
    // No condition, "*", or this very etag.
    [[nodiscard]] bool allows(std::string_view etag) const;

  private:
    std::optional<std::string> etag_;
};

}  // namespace hub
