#pragma once

#include "scheduler/http/stream_body.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace http {

// Header names do not care for case (RFC 9110 §5.1).
struct HeaderLess {
    using is_transparent = void;
    [[nodiscard]] bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::map<std::string, std::string, HeaderLess>;
using Parameters = std::map<std::string, std::string, std::less<>>;

// One request, as the server hands it to its handler and as the client sends it.
struct Request {
    std::string method = "GET";  // upper case
    std::string path = "/";      // percent-encoded as on the wire, without the query
    Parameters query = {};       // decoded; of a name that comes twice the last counts
    Headers headers = {};
    std::string body = {};
    std::string peer = {};  // server side: "127.0.0.1:51712"

    // The value of a header or query parameter; empty when it is not there.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

// Content-Length, Connection and Date are the server's business; everything else is the handler's.
struct Response {
    int status = 200;
    Headers headers = {};
    std::string body = {};
    // In place of `body`: written as it comes, until one side closes. The connection serves nothing else
    // then.
    std::shared_ptr<StreamBody> stream = {};
    // Never on the wire: what was offered as proof is none. Who guesses keys is told apart from who only
    // lacks a right.
    bool wrong_proof = false;

    [[nodiscard]] std::string_view header(std::string_view name) const;
};

// A response with Content-Type: application/json; charset=utf-8.
[[nodiscard]] Response json_response(int status, std::string body);

// {"Message": text}.
[[nodiscard]] Response error_response(int status, std::string_view text);

// How the server words what it answers itself, when no handler can: a status and one sentence.
using Wording = std::function<Response(int status, std::string_view text)>;

}  // namespace http
