#pragma once

#include "hal/mock/part.hpp"
#include "hal/mock/wiring.hpp"

#include <optional>

namespace hal {

// The door leaf, with its contact. By command it opens only if no part of the wiring holds it ("door force"
// breaks it open) and closes only if no bolt is in the way.
class Door final : public Part {
  public:
    struct Config {
        std::optional<Contact> contact{};
        bool active_when_open = false;  // the line is active while the door is open; else while it is closed
        bool starts_open = false;
    };

    Door(Wiring& wiring, std::string name, Config config);

    void open();
    void close();
    [[nodiscard]] bool is_open() const { return open_; }  // inside advance() and after change()

    void advance(base::SteadyTime) override {}
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const override { return std::nullopt; }
    [[nodiscard]] std::string describe() const override { return open_ ? "open" : "closed"; }
    [[nodiscard]] std::string usage() const override;
    base::Result<std::string> command(std::span<const std::string_view> words) override;

  private:
    void set(bool open);

    Config config_;
    std::optional<Wiring::Net> contact_;
    bool open_;
};

}  // namespace hal
