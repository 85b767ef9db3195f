#pragma once

#include "base/clock.hpp"
#include "scheduler/http/message.hpp"
#include "scheduler/http/responder.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/fault.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace hub {

// Refusals in the shapes from which the clients make their typed errors (iothub-protocol.md §2.2).
class Answers {
  public:
    explicit Answers(const base::Clock& clock) : clock_(clock) {}

    // Nested for what becomes of a method call (404103, 404104, 504101), classic for everything else.
    [[nodiscard]] http::Response fault(const Fault& fault) const;
    // What is answered before a request finds its route (malformed, too large, too slow), named by its
    // status.
    [[nodiscard]] http::Response below_routes(int status, std::string_view text) const;
    // Classic, for names without a number ("GenericBadRequest").
    [[nodiscard]] http::Response refusal(int status, std::string_view name, std::string_view text) const;

  private:
    const base::Clock& clock_;
};

// The duty to answer one request of the service API. What is handed in leaves when everything that the
// request wrote or read is durable; if it never will be, the answer is 503. Copies share the duty.
class Reply {
  public:
    // Called with each answer as it is handed in, in the turn whose commit it waits for.
    using Watch = std::function<void(const http::Response&)>;

    Reply(http::Responder responder, Database& database, const Answers& answers);
    // The same duty, and `watch` sees the answer.
    [[nodiscard]] Reply watched(Watch watch) const;

    void send(http::Response response) const;
    void json(std::string body) const;  // 200
    void no_content() const;            // 204
    void fault(const Fault& fault) const;
    void refusal(int status, std::string_view name, std::string_view text) const;

    // The value as the body of a 200, or the refusal.
    void outcome(const Outcome<std::string>& body) const;

  private:
    http::Responder responder_;
    Database* database_;
    const Answers* answers_;
    Watch watch_;
};

}  // namespace hub
