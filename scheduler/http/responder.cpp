#include "scheduler/http/responder.hpp"

#include <utility>

namespace http {

class Responder::Duty {
  public:
    Duty(std::function<void(Response)> sink, Wording wording)
        : sink_(std::move(sink)), wording_(std::move(wording)) {}
    Duty(const Duty&) = delete;
    Duty& operator=(const Duty&) = delete;
    ~Duty() {
        if (sink_) fulfil(wording_(500, "The request was dropped without an answer."));
    }

    void fulfil(Response response) {
        if (!sink_) return;
        const auto sink = std::exchange(sink_, nullptr);
        sink(std::move(response));
    }
    [[nodiscard]] bool fulfilled() const { return !sink_; }

  private:
    std::function<void(Response)> sink_;
    Wording wording_;
};

Responder::Responder(std::function<void(Response)> sink, Wording wording)
    : duty_(std::make_shared<Duty>(std::move(sink), std::move(wording))) {}

void Responder::answer(Response response) const {
    duty_->fulfil(std::move(response));
}

bool Responder::answered() const {
    return duty_->fulfilled();
}

}  // namespace http
