#include "firmware/mqtt/paho_client.hpp"

#include "firmware/mqtt/failure.hpp"
#include "firmware/mqtt/no_delay.hpp"
#include "firmware/mqtt/packet_bound.hpp"
#include "firmware/mqtt/waiting_bytes.hpp"
#include "firmware/proof_files.hpp"

#include <MQTTAsync.h>

#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace firmware {

namespace {

constexpr int connect_seconds = 30;            // for TCP, TLS and CONNACK together
constexpr int disconnect_ms = 1000;            // for what is still to be sent
constexpr int messages_most = 256;             // published and not yet handed to the kernel
constexpr std::size_t message_overhead = 256;  // of one that waits for the loop, in bytes

}  // namespace

// What Paho's threads see. They lock nothing but `mutex`, for the moment of a copy, and post.
struct PahoClient::Impl : std::enable_shared_from_this<Impl> {
    enum class Stage { idle, connecting, connected, disconnecting };

    Impl(hal::EventLoop& event_loop, const base::Log& the_log) : loop(event_loop), log(the_log) {}

    // ---- on Paho's threads ----

    template <typename Work>
    void post(Work work) {
        loop.post([weak = weak_from_this(), work = std::move(work)]() mutable {
            if (const auto impl = weak.lock()) work(*impl);
        });
    }
    static int on_message(void* context, char* topic, int topic_length, MQTTAsync_message* message) {
        auto* impl = static_cast<Impl*>(context);
        // A length of 0 means that the topic is an ordinary C string.
        std::string name =
            topic_length > 0 ? std::string(topic, static_cast<std::size_t>(topic_length)) : topic;
        const auto bytes = static_cast<std::size_t>(message->payloadlen);
        std::string payload;
        if (bytes <= longest_payload) payload.assign(static_cast<const char*>(message->payload), bytes);
        MQTTAsync_freeMessage(&message);
        MQTTAsync_free(topic);
        if (bytes > longest_payload) {
            impl->post([name = std::move(name), bytes](Impl& self) {
                if (self.stage == Stage::connected) self.events.oversized(name, bytes);
            });
            return 1;
        }
        const std::size_t room = name.size() + payload.size() + message_overhead;
        if (!impl->waiting.add(room)) {
            // What has been lost, the twin among it, is made good by coming back.
            impl->post([](Impl& self) {
                self.rejected("the hub sends more than a door can deal with: " +
                              std::to_string(WaitingBytes::most) + " bytes wait");
            });
            return 1;
        }
        impl->post([name = std::move(name), payload = std::move(payload), room](Impl& self) {
            self.waiting.remove(room);
            if (self.stage == Stage::connected) self.events.message(name, payload);
        });
        return 1;
    }
    static void on_lost(void* context, char* cause) {
        std::string reason = cause != nullptr ? cause : "the connection was closed or broke";
        static_cast<Impl*>(context)->post([reason = std::move(reason)](Impl& self) { self.lost(reason); });
    }
    static void on_connected(void* context, MQTTAsync_successData* /*data*/) {
        static_cast<Impl*>(context)->post([](Impl& self) { self.connected(); });
    }
    static void on_connect_failed(void* context, MQTTAsync_failureData* data) {
        auto* impl = static_cast<Impl*>(context);
        const int code = data != nullptr ? data->code : MQTTASYNC_FAILURE;
        std::string text = data != nullptr && data->message != nullptr ? data->message : "";
        std::string unusable = code > 0 ? std::string() : impl->examine_files();
        impl->post([code, text = std::move(text), unusable = std::move(unusable)](Impl& self) {
            self.connect_failed(code, text, unusable);
        });
    }
    // Paho swallows what OpenSSL says of the files that it was to load. Read on this thread, for the loop
    // does not touch the disk.
    std::string examine_files() {
        ProofFiles files;
        {
            const std::lock_guard lock(mutex);
            files = proof;
        }
        const auto usable = check_proof(files);
        return usable ? std::string() : usable.error().message;
    }
    static void on_subscribed(void* context, MQTTAsync_successData* /*data*/) {
        static_cast<Impl*>(context)->post([](Impl& self) {
            if (self.stage == Stage::connected && --self.unanswered_filters == 0) self.events.subscribed();
        });
    }
    static void on_subscribe_failed(void* context, MQTTAsync_failureData* /*data*/) {
        static_cast<Impl*>(context)->post([](Impl& self) { self.lost("the hub refused the subscription"); });
    }
    static void on_disconnected(void* context, MQTTAsync_successData* /*data*/) {
        static_cast<Impl*>(context)->post([](Impl& self) { self.disconnected(); });
    }
    static void on_disconnect_failed(void* context, MQTTAsync_failureData* /*data*/) {
        static_cast<Impl*>(context)->post([](Impl& self) { self.disconnected(); });
    }
    static void on_delivered(void* context, MQTTAsync_token token) {
        static_cast<Impl*>(context)->post([token](Impl& self) { self.delivered(token); });
    }
    static int on_tls_error(const char* text, std::size_t length, void* context) {
        auto* impl = static_cast<Impl*>(context);
        const std::lock_guard lock(impl->mutex);
        if (impl->tls_errors.size() < 4096) impl->tls_errors.append(text, length);
        return 1;
    }

    // ---- on the loop ----

    base::Result<void> create(const MqttConnect& connect);
    void begin(const MqttConnect& connect);

    void connected() {
        if (stage != Stage::connecting) return;
        stage = Stage::connected;
        under_way.clear();
        set_no_delay(port);
        events.connected();
    }
    void connect_failed(int code, const std::string& text, const std::string& unusable = {}) {
        if (stage == Stage::disconnecting) return disconnected();
        if (stage != Stage::connecting) return;
        stage = Stage::idle;
        std::string tls;
        {
            const std::lock_guard lock(mutex);
            tls = std::exchange(tls_errors, {});
        }
        retire();
        events.connect_failed(unusable.empty() ? explain_failure(code, text, tls)
                                               : MqttFailure{MqttFailure::Kind::own_files, unusable});
    }
    void delivered(MQTTAsync_token token) {
        const auto it = under_way.find(token);
        if (it == under_way.end()) return;
        const std::uint64_t number = it->second;
        under_way.erase(it);
        if (stage == Stage::connected) events.delivered(number);
    }
    void lost(const std::string& reason) {
        if (stage == Stage::disconnecting) return disconnected();
        if (stage != Stage::connected) return;
        if (const std::size_t bytes = take_refused_read(); bytes > 0) {
            return rejected("the hub sends a packet of " + std::to_string(bytes) +
                            " bytes, and a door takes at most " + std::to_string(longest_packet));
        }
        stage = Stage::idle;
        retire();
        events.lost(reason);
    }
    void rejected(const std::string& reason) {
        if (stage != Stage::connected) return;
        stage = Stage::idle;
        retire();
        events.rejected(reason);
    }
    void disconnected() {
        if (stage != Stage::disconnecting) return;
        stage = Stage::idle;
        retire();
        events.disconnected();
        begin_next();
    }

    // A handle serves one connection. Paho's receive thread waits a second for the sockets that it knows, and
    // notices that a new one is connected only then (upstream issue 1430, mended in 2026); a fresh thread
    // notices at once. Paho ends its threads with the last handle, which takes up to a second too: long
    // enough to be done elsewhere, while the next attempt waits for its time anyway.
    void retire() {
        if (handle == nullptr) return;
        retiring = true;
        reaper = std::thread(
            [old = std::exchange(handle, nullptr), weak = weak_from_this(), &to = loop]() mutable {
                MQTTAsync_destroy(&old);
                to.post([weak] {
                    if (const auto impl = weak.lock()) impl->retired();
                });
            });
    }
    void retired() {
        reaper.join();
        retiring = false;
        begin_next();
    }
    void begin_next() {
        if (stage == Stage::idle && !retiring && next) begin(*std::exchange(next, std::nullopt));
    }

    hal::EventLoop& loop;
    const base::Log& log;
    Events events;
    Stage stage = Stage::idle;
    MQTTAsync handle = nullptr;
    bool retiring = false;
    std::thread reaper;
    std::uint16_t port = 0;
    std::size_t unanswered_filters = 0;
    std::optional<MqttConnect> next;                     // asked for while the last handle still ends
    std::map<MQTTAsync_token, std::uint64_t> under_way;  // sent at QoS 1 on this connection

    WaitingBytes waiting;
    std::mutex mutex;
    std::string tls_errors;  // of the present attempt; written by Paho's threads
    ProofFiles proof;        // of the present attempt; read by them
};

PahoClient::PahoClient(hal::EventLoop& loop, const base::Log& log)
    : impl_(std::make_shared<Impl>(loop, log)) {}

PahoClient::~PahoClient() {
    // Ends Paho's use of impl_; what its threads posted before finds nobody.
    if (impl_->reaper.joinable()) impl_->reaper.join();
    if (impl_->handle != nullptr) MQTTAsync_destroy(&impl_->handle);
}

void PahoClient::on_events(Events events) {
    impl_->events = std::move(events);
}

base::Result<void> PahoClient::Impl::create(const MqttConnect& connect) {
    const bool bare_ipv6 = connect.host.find(':') != std::string::npos;
    const std::string host = bare_ipv6 ? "[" + connect.host + "]" : connect.host;
    const std::string uri = "ssl://" + host + ":" + std::to_string(connect.port);
    port = connect.port;
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.sendWhileDisconnected = 0;
    options.maxBufferedMessages = messages_most;
    int rc = MQTTAsync_createWithOptions(&handle, uri.c_str(), connect.client_id.c_str(),
                                         MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
    if (rc == MQTTASYNC_SUCCESS) rc = MQTTAsync_setCallbacks(handle, this, on_lost, on_message, on_delivered);
    if (rc == MQTTASYNC_SUCCESS) return {};
    return base::Error{base::Errc::internal, std::string("the MQTT client cannot be made for ") + uri + ": " +
                                                 MQTTAsync_strerror(rc)};
}

void PahoClient::connect(const MqttConnect& connect) {
    if (impl_->stage == Impl::Stage::disconnecting || impl_->retiring) {
        impl_->next = connect;
    } else {
        impl_->begin(connect);
    }
}

void PahoClient::Impl::begin(const MqttConnect& connect) {
    stage = Stage::connecting;
    (void)take_refused_read();  // of an earlier connection
    {
        const std::lock_guard lock(mutex);
        tls_errors.clear();
        proof = {connect.ca_file, connect.certificate_file, connect.key_file};
    }
    if (auto created = create(connect); !created) {
        post([text = created.error().message](Impl& self) { self.connect_failed(MQTTASYNC_FAILURE, text); });
        return;
    }
    const auto text_or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.trustStore = text_or_null(connect.ca_file);
    tls.keyStore = text_or_null(connect.certificate_file);
    tls.privateKey = text_or_null(connect.key_file);
    tls.enableServerCertAuth = 1;
    tls.verify = 1;  // the host name too
    tls.sslVersion = MQTT_SSL_VERSION_TLS_1_2;
    tls.disableDefaultTrustStore = connect.ca_file.empty() ? 0 : 1;
    tls.ssl_error_cb = on_tls_error;
    tls.ssl_error_context = this;

    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    options.MQTTVersion = MQTTVERSION_3_1_1;
    // A session that is kept would have Paho send again what telemetry sends again itself.
    options.cleansession = 1;
    options.keepAliveInterval = static_cast<int>(connect.keep_alive.count());
    options.connectTimeout = connect_seconds;
    options.automaticReconnect = 0;
    options.username = connect.username.c_str();
    options.password = text_or_null(connect.password);
    options.ssl = &tls;
    options.context = this;
    options.onSuccess = on_connected;
    options.onFailure = on_connect_failed;
    // Paho copies all of it before it returns.
    if (const int rc = MQTTAsync_connect(handle, &options); rc != MQTTASYNC_SUCCESS) {
        post([rc](Impl& self) { self.connect_failed(rc, MQTTAsync_strerror(rc)); });
    }
}

// One by one: of several filters in one request Paho tells the refusal of some as success, and what it lists
// then is as long as the server's answer, not as our question.
void PahoClient::subscribe(const std::vector<std::string>& filters) {
    impl_->unanswered_filters = filters.size();
    for (const std::string& filter : filters) {
        MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
        options.context = impl_.get();
        options.onSuccess = Impl::on_subscribed;
        options.onFailure = Impl::on_subscribe_failed;
        const int rc = MQTTAsync_subscribe(impl_->handle, filter.c_str(), 0, &options);
        if (rc == MQTTASYNC_SUCCESS) continue;
        return impl_->post(
            [rc](Impl& self) { self.lost(std::string("cannot subscribe: ") + MQTTAsync_strerror(rc)); });
    }
}

base::Result<void> PahoClient::publish(const std::string& topic, const std::string& payload) {
    if (impl_->stage != Impl::Stage::connected) return base::Error{base::Errc::unavailable, "not connected"};
    const int rc = MQTTAsync_send(impl_->handle, topic.c_str(), static_cast<int>(payload.size()),
                                  payload.data(), 0, 0, nullptr);
    if (rc == MQTTASYNC_SUCCESS) return {};
    return base::Error{base::Errc::unavailable, std::string("cannot publish: ") + MQTTAsync_strerror(rc)};
}

base::Result<void> PahoClient::publish_acknowledged(const std::string& topic, const std::string& payload,
                                                    std::uint64_t number) {
    if (impl_->stage != Impl::Stage::connected) return base::Error{base::Errc::unavailable, "not connected"};
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    const int rc = MQTTAsync_send(impl_->handle, topic.c_str(), static_cast<int>(payload.size()),
                                  payload.data(), 1, 0, &options);
    if (rc != MQTTASYNC_SUCCESS) {
        return base::Error{base::Errc::unavailable, std::string("cannot publish: ") + MQTTAsync_strerror(rc)};
    }
    // on_delivered is posted, so it comes after this.
    impl_->under_way.insert_or_assign(options.token, number);
    return {};
}

void PahoClient::disconnect() {
    impl_->next.reset();
    if (impl_->stage == Impl::Stage::disconnecting) return;
    const bool stood = impl_->stage == Impl::Stage::connected;
    impl_->stage = Impl::Stage::disconnecting;
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    options.timeout = disconnect_ms;
    options.context = impl_.get();
    options.onSuccess = Impl::on_disconnected;
    options.onFailure = Impl::on_disconnect_failed;
    const bool asked = stood && MQTTAsync_disconnect(impl_->handle, &options) == MQTTASYNC_SUCCESS;
    if (!asked) impl_->post([](Impl& self) { self.disconnected(); });
}

}  // namespace firmware
