#include "scheduler/cli/doctor.hpp"

#include "base/duration.hpp"
#include "base/http_date.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace cli {

namespace {

using base::Errc;
using Verdict = Finding::Verdict;

constexpr int round_trips = 5;
constexpr std::chrono::minutes most_skew{4};  // a hub refuses tokens from about five on (§1.3)

std::string_view mark(Verdict verdict) {
    switch (verdict) {
        case Verdict::well:
            return "ok  ";
        case Verdict::warning:
            return "hm  ";
        case Verdict::ill:
            return "FAIL";
    }
    return "";
}

std::string_view word(Verdict verdict) {
    switch (verdict) {
        case Verdict::well:
            return "ok";
        case Verdict::warning:
            return "warning";
        case Verdict::ill:
            return "failure";
    }
    return "";
}

class Examination {
  public:
    explicit Examination(Context& context)
        : context_(context), service_(context.service), report_(context.output) {}

    Outcome run() {
        if (!name() || !answer() || !clock() || !token()) return {Exit::failure, {}};
        rights();
        round_trip();
        if (failures_ == 0) return {};
        return {Exit::not_authorised, {}};
    }

  private:
    bool well(std::string_view what, std::string found) {
        report_.tell({Verdict::well, what, std::move(found)});
        return true;
    }
    bool ill(std::string_view what, std::string found, std::string cure) {
        report_.tell({Verdict::ill, what, std::move(found), std::move(cure)});
        ++failures_;
        return false;
    }

    bool name() {
        const std::string& host = service_.connection().host;
        const auto addresses = context_.resolve(host);
        if (!addresses) {
            return ill("name", addresses.error().message,
                       "is the HostName in the connection string right, and does this machine's DNS or "
                       "/etc/hosts know it?");
        }
        std::string text = host + " is";
        for (const auto& address : *addresses)
            text += " " + address;
        return well("name", std::move(text));
    }

    bool answer() {
        const auto capabilities = service_.capabilities();
        if (capabilities) {
            lockhub_ = capabilities->lockhub;
            return well("service", lockhub_
                                       ? "lockhub " + capabilities->version + " answers over verified TLS"
                                       : "an IoT Hub answers over verified TLS");
        }
        if (capabilities.error().code == Errc::unauthorized)
            return well("service", "a hub answers over verified TLS");
        return ill("service", capabilities.error().message,
                   "is the hub running, is the port right, and does --ca name its CA (lockhub ca show)?");
    }

    // Any answer tells the hub's date, also a refusal.
    bool clock() {
        const auto date = service_.hub_date();
        if (!date) {
            report_.tell({Verdict::warning, "clock", "the hub's answer has no date to compare with"});
            return true;
        }
        const auto skew = context_.clock.system_now() - *date;
        const auto seconds = std::chrono::abs(std::chrono::round<std::chrono::seconds>(skew));
        if (seconds <= most_skew) {
            return well("clock", "agrees with the hub's to " +
                                     base::format_duration(std::max(seconds, std::chrono::seconds(1))));
        }
        return ill("clock",
                   "this machine is " + base::format_duration(seconds) +
                       (skew.count() < 0 ? " behind the hub" : " ahead of the hub"),
                   "tokens are refused from about five minutes on: set the clock (timedatectl set-ntp true)");
    }

    bool token() {
        const auto asked = service_.call(list_jobs({}, {}));
        if (asked || asked.error().code != Errc::unauthorized) {
            return well("token",
                        "policy '" + service_.connection().policy + "' is known, and its key is right");
        }
        // A policy that may not read jobs may still be known.
        const auto read = service_.call(get_device(nobody_));
        if (read || read.error().code != Errc::unauthorized) {
            return well("token",
                        "policy '" + service_.connection().policy + "' is known, and its key is right");
        }
        const auto call = service_.call(call_method(nobody_, "getStatus", "", {}));
        if (call || call.error().code != Errc::unauthorized) {
            return well("token",
                        "policy '" + service_.connection().policy + "' is known, and its key is right");
        }
        return ill("token", asked.error().message,
                   "take the connection string anew: lockhub writes lockctl.json in its data directory, and "
                   "'lockctl policy add' prints one");
    }

    // Asked of a device that is not there: "not found" says that the right is.
    void rights() {
        const std::pair<const char*, http::Request> questions[] = {
            {"registryRead", get_device(nobody_)},
            {"registryWrite", delete_device(nobody_)},
            {"serviceConnect", call_method(nobody_, "getStatus", "", {})},
        };
        for (const auto& [right, request] : questions) {
            const auto asked = service_.call(request);
            const bool lacking = !asked && asked.error().code == Errc::unauthorized;
            if (!lacking) {
                if (!granted_) granted_ = request;
                well("right", std::string(right) + " is there");
                continue;
            }
            ill("right", std::string(right) + " is missing: " + what_needs(right),
                lockhub_ ? "lockctl policy add NAME --rights registryRead,registryWrite,serviceConnect"
                         : "give the policy this right in the portal, or take the connection string of one "
                           "that has it");
        }
    }

    static const char* what_needs(std::string_view right) {
        if (right == "registryRead") return "device list, device show and twin show need it";
        if (right == "registryWrite") return "device add and device remove need it";
        return "lock, unlock, status, invoke, query and jobs need it";
    }

    // By something that the policy may ask: a hub may make who is refused again and again wait.
    void round_trip() {
        if (!granted_) {
            report_.tell({Verdict::warning, "round trip", "not measured: the policy may ask nothing"});
            return;
        }
        std::vector<double> times;
        for (int i = 0; i < round_trips; ++i) {
            const auto began = context_.clock.steady_now();
            if (const auto asked = service_.call(*granted_);
                !asked && asked.error().code == Errc::unavailable) {
                ill("round trip", asked.error().message, "the network loses connections; try again");
                return;
            }
            times.push_back(
                std::chrono::duration<double, std::milli>(context_.clock.steady_now() - began).count());
        }
        std::sort(times.begin(), times.end());
        const double median = std::round(times[times.size() / 2] * 10) / 10;
        well("round trip", base::Json(median).dump() + " ms (median of " + std::to_string(round_trips) + ")");
    }

    Context& context_;
    Service& service_;
    Report report_;
    std::string nobody_ = "lockctl-doctor-" + context_.new_id();
    std::optional<http::Request> granted_;  // what the policy may ask
    bool lockhub_ = false;
    int failures_ = 0;
};

}  // namespace

Report::Report(Output& output) : output_(output), elements_(output, {"CHECK", "RESULT", "FOUND", "CURE"}) {}

void Report::tell(const Finding& finding) {
    if (output_.format != Format::table) {
        base::Json json = base::Json::object(
            {{"check", finding.what}, {"result", word(finding.verdict)}, {"found", finding.found}});
        if (!finding.cure.empty()) json.set("cure", finding.cure);
        elements_.add(json.dump(), {std::string(finding.what), std::string(word(finding.verdict)),
                                    finding.found, finding.cure});
        return;
    }
    output_.out << mark(finding.verdict) << "  " << finding.what << ": " << indented(finding.found, 6)
                << '\n';
    if (!finding.cure.empty()) output_.out << "      → " << finding.cure << '\n';
}

Outcome run(const Doctor& /*command*/, Context& context) {
    return Examination(context).run();
}

}  // namespace cli
