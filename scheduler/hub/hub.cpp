#include "scheduler/hub/hub.hpp"

#include "base/file_layer.hpp"
#include "scheduler/http/server.hpp"
#include "scheduler/http/tls.hpp"
#include "scheduler/http/web_socket.hpp"
#include "scheduler/hub/admin_commands.hpp"
#include "scheduler/hub/admin_socket.hpp"
#include "scheduler/hub/certificates.hpp"
#include "scheduler/hub/commit.hpp"
#include "scheduler/hub/device_trust.hpp"
#include "scheduler/hub/domain.hpp"
#include "scheduler/hub/first_start.hpp"
#include "scheduler/hub/mqtt_endpoint.hpp"
#include "scheduler/hub/refusal_log.hpp"
#include "scheduler/hub/refusal_pace.hpp"
#include "scheduler/hub/routes_health.hpp"
#include "scheduler/hub/service_api.hpp"
#include "scheduler/hub/turn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

namespace hub {

namespace {

// After a signal, answers that are under way get this long to leave.
constexpr std::chrono::seconds farewell{2};

void prepare_process() {
    // OpenSSL writes to sockets itself; that a peer has gone is told by the call that writes.
    (void)std::signal(SIGPIPE, SIG_IGN);
    // A descriptor a device; the system's default of 1024 is for programs that use select(2).
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);  // if it is refused, fewer devices fit; the accept loop copes
    }
}

}  // namespace

// Everything the hub consists of, in the order of dependence.
class Hub::Parts {
  public:
    Parts(Options options, std::unique_ptr<Database> database, const base::Clock& clock,
          const base::Log& log);
    ~Parts();
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    [[nodiscard]] base::Result<void> open();
    void run();
    void stop();

  private:
    [[nodiscard]] bool end_turn();
    void take_pulse();
    void plan_alarm();
    void ring();
    void say_goodbye();
    [[nodiscard]] http::Responder paced(const http::Request& request, http::Responder responder);

    Options options_;
    const base::Clock& clock_;
    const base::Log& log_;
    base::PosixFileLayer files_;
    boost::asio::io_context loop_{1};

    Turn turn_;
    Domain domain_;

    EventStreams streams_;
    Metrics metrics_;
    Health health_;
    ServiceApi api_;
    AdminCommands commands_;
    RefusalLog refusals_;
    RefusalPace pace_;
    std::unique_ptr<DeviceTrust> trust_;
    std::unique_ptr<MqttEndpoint> mqtt_;
    std::unique_ptr<http::Server> https_;
    std::unique_ptr<AdminSocket> admin_;

    boost::asio::steady_timer alarm_;
    std::optional<base::SteadyTime> alarm_set_;
    boost::asio::steady_timer pulse_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer farewell_;
    bool stopping_ = false;
};

Hub::Parts::Parts(Options options, std::unique_ptr<Database> database, const base::Clock& clock,
                  const base::Log& log)
    : options_(std::move(options)),
      clock_(clock),
      log_(log),
      turn_(loop_, [this] { return end_turn(); }),
      domain_(std::move(database), clock, log,
              {.token_grace = options_.token_grace,
               .events = {.age = std::chrono::hours(24) * options_.settings.event_days,
                          .bytes = options_.settings.event_megabytes * 1024 * 1024},
               .audit = {.log = {.bytes = options_.settings.audit_megabytes * 1024 * 1024}},
               .wake = [this] { boost::asio::post(loop_, [this] { ring(); }); }}),
      streams_(domain_.database, domain_.event_log, domain_.events, clock, {}),
      metrics_(domain_, streams_, clock),
      health_(domain_.database, metrics_, clock, [this] { return mqtt_ && https_ && !stopping_; }),
      api_({.domain = domain_, .streams = streams_, .metrics = metrics_, .health = health_},
           options_.settings.mqtt_port, clock),
      commands_(domain_.database, domain_.registry, domain_.policies, options_.settings, clock),
      refusals_(log, clock),
      pace_(clock),
      alarm_(loop_),
      pulse_(loop_),
      signals_(loop_),
      farewell_(loop_) {
    domain_.database.on_work([this] { turn_.touched(); });
    domain_.queries.on_pause(
        [this](std::function<void()> go_on) { boost::asio::post(loop_, std::move(go_on)); });
    commands_.keep_audit(domain_.audit);
    commands_.policy_rolled.connect([this](const std::string&) {
        const auto written =
            write_connection_file(files_, options_.directory, options_.settings, domain_.policies, log_);
        if (!written) log_.error("connection_file_failed", {{"reason", written.error().message}});
    });
}

Hub::Parts::~Parts() {
    // Sessions end before what they talk to does, and what they leave behind is kept.
    mqtt_.reset();
    https_.reset();
    domain_.audit.flush();
    (void)commit_and_log(domain_.database, log_);  // nobody else is left to be told
}

base::Result<void> Hub::Parts::open() {
    const std::string& directory = options_.directory;
    const Settings& settings = options_.settings;
    if (auto ready = prepare_access(files_, directory, settings, domain_.database, domain_.policies, log_);
        !ready) {
        return ready.error();
    }
    auto mqtt_tls = http::make_server_tls(directory + "/server.pem", directory + "/server.key");
    auto https_tls = http::make_server_tls(directory + "/server.pem", directory + "/server.key");
    if (!mqtt_tls || !https_tls) {
        return mqtt_tls ? https_tls.error() : mqtt_tls.error();
    }
    for (const char* file : {"ca.pem", "server.pem"}) {
        const auto pem = files_.read(directory + "/" + file, 64UL * 1024);
        const auto end = pem ? end_of(*pem) : base::Result<base::SystemTime>(pem.error());
        if (end) metrics_.certificate_ends(file, *end);
    }
    http::ask_for_client_certificates(*mqtt_tls);
    auto trust = DeviceTrust::load(files_, directory);
    if (!trust) {
        return trust.error();
    }
    trust_ = std::move(*trust);
    commands_.manage(*trust_);
    domain_.runner.recover();

    const MqttSession::Services services{.devices = domain_.sessions,
                                         .authorization = domain_.authorization,
                                         .clock = clock_,
                                         .log = log_,
                                         .refusals = refusals_,
                                         .limits = {}};
    auto mqtt = MqttEndpoint::listen(loop_, std::move(*mqtt_tls), settings.listen, settings.mqtt_port, {},
                                     services, *trust_, turn_);
    if (!mqtt) {
        return mqtt.error();
    }
    mqtt_ = std::move(*mqtt);
    auto https = http::Server::listen(
        loop_, std::move(*https_tls), {.address = settings.listen, .port = settings.https_port}, {},
        [this](const http::Request& request, http::Responder responder) {
            api_.router().handle(request, paced(request, std::move(responder)));
            turn_.touched();  // what it began may be due before anything is written
        },
        log_);
    if (!https) {
        base::Error error = https.error();
        error.message += "; --https-port chooses another port";
        return error;
    }
    https_ = std::move(*https);
    https_->word_refusals([this](int status, std::string_view text) { return api_.refusal(status, text); });
    https_->serve_web_socket(
        {.paths = {"/$iothub/websocket", "/%24iothub/websocket"},
         .sub_protocol = "mqtt",
         .has_room = [this] { return mqtt_->has_room(); },
         .opened = [this](std::shared_ptr<http::WebSocket> socket) { mqtt_->adopt(std::move(socket)); }});
    auto admin = AdminSocket::listen(loop_, directory, commands_, log_);
    if (!admin) {
        return admin.error();
    }
    admin_ = std::move(*admin);
    return keep_settings(files_, directory, settings);
}

// A wrong key or signature waits when its caller has had many; its connection, of which there is a bounded
// number, waits with it.
http::Responder Hub::Parts::paced(const http::Request& request, http::Responder responder) {
    return http::Responder([this, peer = request.peer,
                            responder = std::move(responder)](http::Response answer) {
        const auto pause = answer.wrong_proof ? pace_.refused(peer) : std::chrono::milliseconds(0);
        if (pause.count() == 0) return responder.answer(std::move(answer));
        const auto timer = std::make_shared<boost::asio::steady_timer>(loop_, pause);
        timer->async_wait([timer, responder, answer = std::move(answer)](const boost::system::error_code&) {
            responder.answer(answer);
        });
    });
}

bool Hub::Parts::end_turn() {
    (void)commit_and_log(domain_.database, log_);  // who waited was told
    const bool more_to_say = mqtt_ && mqtt_->flush();
    plan_alarm();
    return more_to_say || domain_.database.has_work();
}

void Hub::Parts::plan_alarm() {
    std::optional<base::SteadyTime> due = domain_.next_due();
    for (const auto& other : {streams_.next_due(), commands_.next_due()}) {
        if (other && (!due || *other < *due)) due = other;
    }
    if (!due || due == alarm_set_) {
        return;
    }
    alarm_set_ = due;
    alarm_.expires_at(*due);
    alarm_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            alarm_set_.reset();
            ring();
        }
    });
}

// Whether the loop comes round in time.
void Hub::Parts::take_pulse() {
    pulse_.expires_after(std::chrono::seconds(1));
    pulse_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        metrics_.loop_late(clock_.steady_now() - pulse_.expiry());
        take_pulse();
    });
}

void Hub::Parts::ring() {
    domain_.tick();
    streams_.tick();
    commands_.tick();
    turn_.touched();
}

void Hub::Parts::run() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) {
            say_goodbye();
        }
    });
    take_pulse();
    turn_.touched();
    log_.notice("ready", {{"mqtt_port", mqtt_->port()},
                          {"https_port", https_->port()},
                          {"listen", options_.settings.listen},
                          {"data", options_.directory}});
    loop_.run();
}

void Hub::Parts::stop() {
    boost::asio::post(loop_, [this] { say_goodbye(); });
}

void Hub::Parts::say_goodbye() {
    if (stopping_) {
        return;
    }
    stopping_ = true;
    log_.notice("stopping");
    admin_.reset();
    mqtt_->stop();  // calls that were sent end with their connections
    domain_.calls.stop();
    turn_.touched();
    // Calls to devices have just failed; those who made them hear it before the loop ends.
    https_->drain([this] { loop_.stop(); });
    farewell_.expires_after(farewell);
    farewell_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            loop_.stop();
        }
    });
}

Hub::Hub(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Hub::~Hub() = default;

base::Result<std::unique_ptr<Hub>> Hub::open(Options options, const base::Clock& clock,
                                             const base::Log& log) {
    base::PosixFileLayer files;
    if (auto prepared =
            prepare_directory(files, options.directory, options.settings, clock.system_now(), log);
        !prepared) {
        return prepared.error();
    }
    auto database = open_database(options.directory);
    if (!database) {
        return database.error();
    }
    prepare_process();
    auto parts = std::make_unique<Parts>(std::move(options), std::move(*database), clock, log);
    if (auto opened = parts->open(); !opened) {
        return opened.error();
    }
    return std::unique_ptr<Hub>(new Hub(std::move(parts)));
}

void Hub::run() {
    parts_->run();
}

void Hub::stop() {
    parts_->stop();
}

}  // namespace hub
