#pragma once

#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

namespace hal {

// A normally-closed loop of wire, as fire panels and tamper contacts have it: whole until somebody breaks it.
class Loop final : public Part {
  public:
    struct Config {
        Contact contact{};  // normally_closed; active while the loop is open
    };

    Loop(Wiring& wiring, std::string name, const Config& config);

    void open();
    void mend();

    void advance(base::SteadyTime) override {}
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override { return std::nullopt; }
    [[nodiscard]] std::string describe() const override { return open_ ? "broken" : "whole"; }
    [[nodiscard]] std::string usage() const override { return name() + " break|restore"; }
    base::Result<std::string> command(std::span<const std::string_view> words) override;

  private:
    void set(bool open);

    Wiring::Net contact_;
    bool open_ = false;
};

}  // namespace hal
