#pragma once

#include "scheduler/http/message.hpp"

#include <functional>
#include <memory>

namespace http {

// The duty to answer one request. Copies share it: the first answer counts, later ones are dropped. The
// answer may come at once or at any later moment on the loop; when the last copy goes without one, the answer
// is 500.
class Responder {
  public:
    // `sink` gets exactly one Response, from answer() or from the destructor of the last copy.
    explicit Responder(std::function<void(Response)> sink, Wording wording = error_response);

    void answer(Response response) const;
    [[nodiscard]] bool answered() const;

  private:
    class Duty;
    std::shared_ptr<Duty> duty_;
};

// Called on the loop for each request. Must not block.
using Handler = std::function<void(Request, Responder)>;

}  // namespace http
