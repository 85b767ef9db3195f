// Two bare MQTTAsync programs on one broker, over TLS:
//   broker_client echo PORT CA PREFIX                    answers every request, and does nothing else
//   broker_client drive PORT CA PREFIX METHOD PAYLOAD CALLS   calls back to back; prints JSON
// Requests are PREFIX/methods/POST/METHOD/?$rid=N, answers PREFIX/methods/res/200/?$rid=N. Both sides set
// TCP_NODELAY to nothing: at QoS 0 a request and its answer never wait for an acknowledgement.
#include <MQTTAsync.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace {

struct Client {
    MQTTAsync handle = nullptr;
    std::string prefix;
    bool echoes = false;
    std::mutex mutex;
    std::condition_variable changed;
    unsigned ready = 0;
    unsigned answers = 0;
    std::string status;
};

void say(Client& client) {
    {
        const std::lock_guard lock(client.mutex);
        ++client.ready;
    }
    client.changed.notify_all();
}

void send(Client& client, const std::string& topic, const std::string& payload) {
    MQTTAsync_message message = MQTTAsync_message_initializer;
    message.payload = const_cast<char*>(payload.data());
    message.payloadlen = static_cast<int>(payload.size());
    (void)MQTTAsync_sendMessage(client.handle, topic.c_str(), &message,
                                nullptr);  // a lost one shows as a time-out
}

int arrived(void* context, char* topic, int length, MQTTAsync_message* message) {
    Client& client = *static_cast<Client*>(context);
    const std::string text(topic, length > 0 ? static_cast<std::size_t>(length) : std::strlen(topic));
    if (client.echoes) {
        const std::string rid = text.substr(text.find("$rid="));
        send(client, client.prefix + "/methods/res/200/?" + rid, R"({"Response":"ok"})");
    } else {
        {
            const std::lock_guard lock(client.mutex);
            ++client.answers;
            client.status = text.substr(client.prefix.size() + 13, 3);
        }
        client.changed.notify_all();
    }
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

bool wait_ready(Client& client, unsigned count) {
    std::unique_lock lock(client.mutex);
    return client.changed.wait_for(lock, std::chrono::seconds(10), [&] { return client.ready >= count; });
}

bool connect(Client& client, const std::string& port, const char* ca, const std::string& filter) {
    const std::string id = "bench-" + std::string(client.echoes ? "echo" : "drive");
    if (MQTTAsync_create(&client.handle, ("ssl://localhost:" + port).c_str(), id.c_str(),
                         MQTTCLIENT_PERSISTENCE_NONE, nullptr) != MQTTASYNC_SUCCESS)
        return false;
    MQTTAsync_setCallbacks(client.handle, &client, nullptr, arrived, nullptr);
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.trustStore = ca;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    options.ssl = &tls;
    options.context = &client;
    options.onSuccess = [](void* context, MQTTAsync_successData*) { say(*static_cast<Client*>(context)); };
    if (MQTTAsync_connect(client.handle, &options) != MQTTASYNC_SUCCESS || !wait_ready(client, 1))
        return false;
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.context = &client;
    response.onSuccess = [](void* context, MQTTAsync_successData*) { say(*static_cast<Client*>(context)); };
    return MQTTAsync_subscribe(client.handle, filter.c_str(), 0, &response) == MQTTASYNC_SUCCESS &&
           wait_ready(client, 2);
}

int drive(Client& client, const std::string& method, const std::string& payload, int calls) {
    std::vector<double> microseconds;
    for (int i = 0; i < calls; ++i) {
        const auto began = std::chrono::steady_clock::now();
        const unsigned before = client.answers;
        send(client, client.prefix + "/methods/POST/" + method + "/?$rid=" + std::to_string(i), payload);
        std::unique_lock lock(client.mutex);
        if (!client.changed.wait_for(lock, std::chrono::seconds(10),
                                     [&] { return client.answers > before; })) {
            std::fprintf(stderr, "no answer to call %d\n", i);
            return 1;
        }
        if (client.status != "200") {
            std::fprintf(stderr, "call %d: status %s\n", i, client.status.c_str());
            return 1;
        }
        const auto took = std::chrono::steady_clock::now() - began;
        microseconds.push_back(std::chrono::duration<double, std::micro>(took).count());
    }
    std::sort(microseconds.begin(), microseconds.end());
    const auto at = [&](double share) {
        return microseconds[std::min(
            microseconds.size() - 1,
            static_cast<std::size_t>(share * static_cast<double>(microseconds.size())))];
    };
    std::printf("{\"p50_us\":%.1f,\"p99_us\":%.1f}\n", at(0.5), at(0.99));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string role = argc > 1 ? argv[1] : "";
    if (!(role == "echo" && argc == 5) && !(role == "drive" && argc == 8)) return 2;
    Client client;
    client.prefix = argv[4];
    client.echoes = role == "echo";
    const std::string filter = client.prefix + (client.echoes ? "/methods/POST/#" : "/methods/res/#");
    if (!connect(client, argv[2], argv[3], filter)) {
        std::fprintf(stderr, "broker_client: no connection\n");
        return 1;
    }
    if (!client.echoes) return drive(client, argv[5], argv[6], std::atoi(argv[7]));
    std::puts("ready");
    (void)std::fflush(stdout);
    (void)std::getchar();  // until its standard input is closed
    return 0;
}
