#include "firmware/answer.hpp"

#include "base/json.hpp"

namespace firmware {

Answer success(int status, std::string_view method, const base::Json& facts) {
    base::Json body = base::Json::object({{"Response", std::string(method) + " called successfully"}});
    for (const base::JsonView fact : facts)
        body.set(fact.name(), base::Json(fact));
    return Answer{status, body.dump()};
}

Answer failure(int status, std::string_view message) {
    return Answer{status, base::Json::object({{"error", message}}).dump()};
}

Answer bad_argument(std::string_view field, std::string_view message, std::string_view allowed) {
    const std::string sentence =
        std::string(field) + ": " + std::string(message) + "; allowed: " + std::string(allowed);
    return Answer{400,
                  base::Json::object({{"error", sentence}, {"field", field}, {"allowed", allowed}}).dump()};
}

}  // namespace firmware
