// Plays the hub for a fleet on a broker: answers each twin request and each report, and does as it is told on
// standard input, a line each, answering each with one JSON object:
//   call N IN_FLIGHT METHOD PAYLOAD   one method call to each of N doors
//   patch N IN_FLIGHT PAYLOAD         one desired patch to each, until each has reported
// Ends with its input. Usage: broker_caller PORT CA_FILE PREFIX

#include "base/clock.hpp"
#include "bench/hub/samples.hpp"
#include "protocol/mqtt_codec.hpp"
#include "scheduler/cli/simulated_devices.hpp"
#include "scheduler/fleet/endpoint.hpp"
#include "scheduler/fleet/link.hpp"
#include "scheduler/fleet/tls.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_packet = std::size_t{256} * 1024;

struct Round {
    bool patch = false;
    std::string method;
    std::string payload;
    std::size_t count = 0;
    std::size_t in_flight = 0;
    std::size_t sent = 0;
    std::size_t done = 0;
    Clock::time_point began;
    std::vector<Clock::time_point> sent_at;
    std::vector<double> took;
};

class Caller {
  public:
    Caller(std::unique_ptr<fleet::Link> link, std::string prefix)
        : link_(std::move(link)), prefix_(std::move(prefix)) {}

    int run() {
        while (!link_->is_open()) {
            if (!wait() || !link_->advance()) return lost();
        }
        protocol::Connect connect;
        connect.client_id = "caller";
        connect.keep_alive = 600;
        protocol::encode_to(out_, connect);
        // Not to what it publishes itself.
        protocol::encode_to(out_, protocol::Subscribe{1,
                                                      {{"fleet/+/twin/GET/#", 0},
                                                       {"fleet/+/twin/PATCH/properties/reported/#", 0},
                                                       {"fleet/+/methods/res/#", 0}}});
        while (input_open_) {
            if (!flush() || !wait() || !read_link()) return lost();
            if (round_) go_on();
        }
        return EXIT_SUCCESS;
    }

  private:
    static int lost() {
        std::fprintf(stderr, "broker_caller: the connection to the broker ended\n");
        return EXIT_FAILURE;
    }

    bool wait() {
        const bool sends = link_->wants_write() || !out_.empty();
        std::array<pollfd, 2> polled{
            pollfd{link_->descriptor(), static_cast<short>(POLLIN | (sends ? POLLOUT : 0)), 0},
            pollfd{STDIN_FILENO, static_cast<short>(subscribed_ && !round_ ? POLLIN : 0), 0}};
        if (poll(polled.data(), polled.size(), 1000) < 0) return false;
        if ((polled[1].revents & (POLLIN | POLLHUP)) != 0) read_input();
        return true;
    }

    void read_input() {
        std::array<char, 4096> bytes{};
        const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
        if (got <= 0) {
            input_open_ = false;
            return;
        }
        std::istringstream line(std::string(bytes.data(), static_cast<std::size_t>(got)));
        std::string verb;
        Round round;
        line >> verb >> round.count >> round.in_flight;
        round.patch = verb == "patch";
        if (!round.patch) line >> round.method;
        line >> std::ws;
        std::getline(line, round.payload);
        round.began = Clock::now();
        round.sent_at.resize(round.count);
        round_ = std::move(round);
        go_on();
    }

    // Ids are prefix and number, so the device's place is read from its topic.
    [[nodiscard]] std::string device(std::size_t index) const {
        std::string number = std::to_string(index + 1);
        return prefix_ + std::string(5 - number.size(), '0') + number;
    }

    void go_on() {
        while (round_->sent < round_->count && round_->sent - round_->done < round_->in_flight) {
            const std::size_t index = round_->sent++;
            round_->sent_at[index] = Clock::now();
            const std::string space = "fleet/" + device(index);
            const std::string topic =
                round_->patch
                    ? space + "/twin/PATCH/properties/desired/?$version=" + std::to_string(++version_)
                    : space + "/methods/POST/" + round_->method + "/?$rid=" + std::to_string(index);
            protocol::encode_publish_to(out_, topic, round_->payload);
        }
        if (round_->done == round_->count) {
            bench::tell(std::move(round_->took), Clock::now() - round_->began, 0);
            round_.reset();
        }
    }

    void finished(std::string_view space) {
        if (!round_) return;
        const auto index =
            static_cast<std::size_t>(std::atoll(std::string(space.substr(prefix_.size())).c_str())) - 1;
        if (index >= round_->count) return;
        ++round_->done;
        round_->took.push_back(bench::Seconds(Clock::now() - round_->sent_at[index]).count());
    }

    void take(const protocol::Publish& publish) {
        std::string_view rest = publish.topic;
        rest.remove_prefix(6);  // "fleet/"
        const std::string_view id = rest.substr(0, rest.find('/'));
        rest.remove_prefix(id.size() + 1);
        if (rest.starts_with("methods/res/")) return finished(id);
        const auto at = rest.find("$rid=");
        if (at == std::string_view::npos) return;
        const std::string rid(rest.substr(at + 5));
        const std::string answer = "fleet/" + std::string(id) + "/twin/res/";
        if (rest.starts_with("twin/GET/")) {
            protocol::encode_publish_to(out_, answer + "200/?$rid=" + rid,
                                        R"({"desired":{"$version":1},"reported":{"$version":1}})");
        } else {
            protocol::encode_publish_to(out_, answer + "204/?$rid=" + rid + "&$version=2", "");
            if (round_ && round_->patch) finished(id);
        }
    }

    bool read_link() {
        std::array<char, std::size_t{16} * 1024> bytes{};
        while (true) {
            const auto got = link_->read(bytes);
            if (!got) return false;
            if (*got == 0) return true;
            decoder_.feed({bytes.data(), *got});
            while (true) {
                const auto packet = decoder_.next();
                if (!packet) return false;
                if (!*packet) break;
                if (std::holds_alternative<protocol::Suback>(**packet)) say_ready();
                if (const auto* publish = std::get_if<protocol::Publish>(&**packet)) take(*publish);
            }
        }
    }

    void say_ready() {
        subscribed_ = true;
        std::printf("{}\n");
        std::fflush(stdout);
    }

    bool flush() {
        std::size_t put = 0;
        while (put < out_.size()) {
            const auto written = link_->write(std::string_view(out_).substr(put));
            if (!written) return false;
            if (*written == 0) break;
            put += *written;
        }
        out_.erase(0, put);
        return true;
    }

    std::unique_ptr<fleet::Link> link_;
    std::string prefix_;
    std::string out_;
    protocol::Decoder decoder_{most_packet};
    std::optional<Round> round_;
    std::uint64_t version_ = 1;
    bool subscribed_ = false;
    bool input_open_ = true;
};

int fail(const base::Error& error) {
    std::fprintf(stderr, "broker_caller: %s\n", error.message.c_str());
    return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return fail({base::Errc::invalid_argument, "usage: broker_caller PORT CA_FILE PREFIX"});
    const auto endpoint = fleet::resolve("localhost", static_cast<std::uint16_t>(std::atoi(argv[1])));
    if (!endpoint) return fail(endpoint.error());
    const auto tls = fleet::Tls::make("localhost", argv[2]);
    if (!tls) return fail(tls.error());
    const fleet::TlsTicket none;
    auto link = fleet::Link::begin(*endpoint, 0, &*tls, none, nullptr);
    if (!link) return fail(link.error());
    return Caller(std::move(*link), argv[3]).run();
}
