#pragma once

#include "scheduler/http/message.hpp"
#include "scheduler/http/responder.hpp"
#include "scheduler/hub/answers.hpp"
#include "scheduler/hub/authorization.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/policies.hpp"
#include "scheduler/hub/signal.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

class Audit;

// A request that found its route, from a caller who may ask for it.
struct Call {
    const http::Request& request;
    std::vector<std::string> names;  // what stood in the places of the pattern's {}, decoded; no '/' in them
    Caller caller;                   // of an open route: nobody
};

// The table of the service API: method and path to handler, with the right that it needs. Knows no sockets.
class Router {
  public:
    using Handler = std::function<void(const Call&, const Reply&)>;

    Router(Database& database, const Authorization& authorization, const Answers& answers);

    // `pattern` is "/devices/{}/modules": literal segments and places, of which literal ones win. The caller
    // needs `right`, and the api-version parameter of IoT Hub.
    void add(std::string_view method, std::string_view pattern, Rights right, Handler handler);
    // A path of the hub's own: as add(), without api-version.
    void add_own(std::string_view method, std::string_view pattern, Rights right, Handler handler);
    // As add_own() for callers from elsewhere; those on this machine need no token.
    void add_local(std::string_view method, std::string_view pattern, Rights right, Handler handler);
    // Without a token, for probes.
    void add_open(std::string_view method, std::string_view pattern, Handler handler);

    // Keeps in the audit from now on what callers commanded.
    void keep_audit(Audit& audit) { audit_ = &audit; }

    // Finds the route, checks the caller, calls the handler. What cannot be routed is answered here: 404 for
    // an unknown path, 405 for a wrong method, 401 and 400 as IoT Hub words them.
    void handle(const http::Request& request, http::Responder responder) const;

    // What a route asks of its caller.
    struct Demand {
        std::string method;
        std::string pattern;
        std::optional<Rights> right;  // none: no token is needed
        bool open_here = false;       // callers on this machine need no token
    };
    // One row a route.
    [[nodiscard]] std::vector<Demand> table() const;

    // The status of each answer that leaves.
    Signal<int> answered;

  private:
    struct Route {
        std::string method;
        std::vector<std::string> pattern;
        std::optional<Rights> right;
        bool versioned = true;
        bool open_here = false;  // for callers on this machine
        Handler handler;
    };
    void add(Route route, std::string_view pattern);
    [[nodiscard]] static bool matches(const Route& route, const std::vector<std::string>& path);

    Database& database_;
    const Authorization& authorization_;
    const Answers& answers_;
    Audit* audit_ = nullptr;
    std::vector<Route> routes_;
};

// The value of the header or parameter as a number of at least 1, `otherwise` if it is empty; ArgumentInvalid
// with its name.
[[nodiscard]] Outcome<std::size_t> parse_count(std::string_view name, std::string_view text,
                                               std::size_t otherwise);

}  // namespace hub
