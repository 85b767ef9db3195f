#include "hal/mock/wire.hpp"
#include "hal/mock/wiring.hpp"

namespace hal {

class MockOutput final : public OutputLine {
  public:
    MockOutput(Wiring& wiring, Wiring::Wire& wire) : wiring_(wiring), wire_(wire) {}
    MockOutput(const MockOutput&) = delete;
    MockOutput& operator=(const MockOutput&) = delete;
    ~MockOutput() override {
        wiring_.change([this] {
            wire_.pin = Wiring::Wire::Pin::free;
            if (wiring_.after_release_ == Wiring::AfterRelease::floats) wire_.driven = false;
            wiring_.refresh(wire_);
        });
    }

    base::Result<void> set(bool active) override {
        base::Result<void> result;
        wiring_.change([&] {
            if (wire_.failure) {
                result = *wire_.failure;
                return;
            }
            wire_.drive_level = active != wire_.config.active_low;
            wiring_.refresh(wire_);
        });
        return result;
    }

    [[nodiscard]] bool active() const override {
        bool active = false;
        wiring_.change([&] { active = wire_.drive_level != wire_.config.active_low; });
        return active;
    }

  private:
    Wiring& wiring_;
    Wiring::Wire& wire_;
};

class MockInput final : public InputLine {
  public:
    MockInput(Wiring& wiring, Wiring::Wire& wire) : wiring_(wiring), wire_(wire) {}
    MockInput(const MockInput&) = delete;
    MockInput& operator=(const MockInput&) = delete;
    ~MockInput() override {
        wiring_.change([this] {
            wire_.handler = nullptr;
            wire_.pin = Wiring::Wire::Pin::free;
            wiring_.refresh(wire_);
        });
    }

    base::Result<bool> read() override {
        base::Result<bool> result = false;
        wiring_.change([&] {
            if (wire_.failure)
                result = *wire_.failure;
            else
                result = wire_.level != wire_.config.active_low;
        });
        return result;
    }

    void on_edge(Handler handler) override {
        wiring_.change(
            [&] { wire_.handler = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr; });
    }

  private:
    Wiring& wiring_;
    Wiring::Wire& wire_;
};

base::Result<Wiring::Wire*> Wiring::claim(const LineConfig& config) {
    const auto net = existing(config.line);
    if (!net) return net.error();
    Wire& wire = *wires_[*net];
    if (wire.failure) return *wire.failure;
    if (wire.pin != Wire::Pin::free)
        return base::Error{base::Errc::busy, "line '" + config.line + "' is held by '" +
                                                 wire.config.consumer + "'; a line has one holder at a time"};
    wire.config = config;
    return &wire;
}

base::Result<std::unique_ptr<OutputLine>> MockSource::request_output(const LineConfig& config,
                                                                     bool initially_active) {
    base::Result<Wiring::Wire*> wire = nullptr;
    wiring_.change([&] {
        wire = wiring_.claim(config);
        if (!wire) return;
        (*wire)->pin = Wiring::Wire::Pin::output;
        (*wire)->driven = true;
        (*wire)->drive_level = initially_active != config.active_low;
        wiring_.refresh(**wire);
    });
    if (!wire) return wire.error();
    return std::unique_ptr<OutputLine>(std::make_unique<MockOutput>(wiring_, **wire));
}

base::Result<std::unique_ptr<InputLine>> MockSource::request_input(const LineConfig& config) {
    base::Result<Wiring::Wire*> wire = nullptr;
    wiring_.change([&] {
        wire = wiring_.claim(config);
        if (!wire) return;
        (*wire)->pin = Wiring::Wire::Pin::input;
        (*wire)->driven = false;
        wiring_.refresh(**wire);
    });
    if (!wire) return wire.error();
    return std::unique_ptr<InputLine>(std::make_unique<MockInput>(wiring_, **wire));
}

}  // namespace hal
