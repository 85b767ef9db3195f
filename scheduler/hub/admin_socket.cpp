#include "scheduler/hub/admin_socket.hpp"

#include "base/json.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <utility>

namespace hub {

namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

constexpr std::size_t most_bytes = std::size_t{256} * 1024;
constexpr std::chrono::seconds patience{10};
constexpr const char* name = "lockhub.sock";

// A directory by its descriptor: socket addresses hold 107 bytes, paths 4095.
class Directory {
  public:
    explicit Directory(const std::string& path)
        : descriptor_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
    ~Directory() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] bool open() const { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] Local::endpoint socket() const {
        return {"/proc/self/fd/" + std::to_string(descriptor_) + "/" + name};
    }

  private:
    int descriptor_;
};

// One command: a line in, a line out, within a bounded time.
class Conversation : public std::enable_shared_from_this<Conversation> {
  public:
    Conversation(Local::socket socket, AdminCommands& commands)
        : socket_(std::move(socket)), timer_(socket_.get_executor(), patience), commands_(commands) {}

    void start() {
        timer_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
            if (!cancelled) self->close();
        });
        asio::async_read_until(
            socket_, asio::dynamic_buffer(line_, most_bytes), '\n',
            [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                error ? self->close() : self->obey();
            });
    }

  private:
    void obey() {
        std::vector<std::string> words;
        const auto json = base::Json::parse(line_);
        if (json) {
            for (const base::JsonView word : *json) {
                words.emplace_back(word.as_string().value_or(""));
            }
        }
        commands_.run(words,
                      [self = shared_from_this()](const AdminAnswer& answer) { self->answer(answer); });
    }

    void answer(const AdminAnswer& answer) {
        line_ = base::Json::object({{"done", answer.done}, {"text", answer.text}}).dump() + "\n";
        asio::async_write(
            socket_, asio::buffer(line_),
            [self = shared_from_this()](const boost::system::error_code&, std::size_t) { self->close(); });
    }

    void close() {
        timer_.cancel();
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

    Local::socket socket_;
    asio::steady_timer timer_;
    AdminCommands& commands_;
    std::string line_;
};

}  // namespace

class AdminSocket::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(Local::acceptor acceptor, AdminCommands& commands, const base::Log& log)
        : acceptor_(std::move(acceptor)), pause_(acceptor_.get_executor()), commands_(commands), log_(log) {}

    void accept() {
        acceptor_.async_accept(
            [self = shared_from_this()](const boost::system::error_code& error, Local::socket socket) {
                if (error == asio::error::operation_aborted) return;
                if (error) {
                    self->log_.error("admin_accept_failed", {{"reason", error.message()}});
                    self->accept_later();  // descriptors may be free again by then
                    return;
                }
                std::make_shared<Conversation>(std::move(socket), self->commands_)->start();
                self->accept();
            });
    }

    void close() {
        pause_.cancel();
        boost::system::error_code ignored;
        acceptor_.close(ignored);
    }

  private:
    void accept_later() {
        pause_.expires_after(std::chrono::seconds(1));
        pause_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
            if (!cancelled) self->accept();
        });
    }

    Local::acceptor acceptor_;
    asio::steady_timer pause_;
    AdminCommands& commands_;
    const base::Log& log_;
};

base::Result<std::unique_ptr<AdminSocket>> AdminSocket::listen(asio::io_context& loop,
                                                               const std::string& directory,
                                                               AdminCommands& commands,
                                                               const base::Log& log) {
    const Directory place(directory);
    boost::system::error_code error;
    Local::acceptor acceptor(loop);
    if (place.open()) {
        // Of a hub that was killed; if there is none, all the better.
        (void)::unlinkat(place.descriptor(), name, 0);
        const mode_t mask = ::umask(0077);
        acceptor.open(Local(), error);
        if (!error) acceptor.bind(place.socket(), error);
        ::umask(mask);
        if (!error) acceptor.listen(16, error);
    }
    if (!place.open() || error) {
        return base::Error{base::Errc::io, "the command socket " + directory + "/" + name +
                                               " cannot be made (" + error.message() + ")"};
    }
    auto impl = std::make_shared<Impl>(std::move(acceptor), commands, log);
    impl->accept();
    return std::unique_ptr<AdminSocket>(new AdminSocket(std::move(impl)));
}

AdminSocket::AdminSocket(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

AdminSocket::~AdminSocket() {
    impl_->close();
}

base::Result<AdminAnswer> ask_running_hub(const std::string& directory,
                                          const std::vector<std::string>& words) {
    const Directory place(directory);
    asio::io_context loop;
    Local::socket socket(loop);
    boost::system::error_code error;
    if (place.open()) {
        socket.connect(place.socket(), error);
    }
    if (!place.open() || error) {
        return base::Error{base::Errc::unavailable, "no hub runs on " + directory};
    }
    base::Json json = base::Json::array();
    for (const std::string& word : words) {
        json.push_back(word);
    }
    std::string line = json.dump() + "\n";
    std::string reply;
    bool finished = false;
    asio::async_write(socket, asio::buffer(line), [&](const boost::system::error_code& failed, std::size_t) {
        if (failed) return;
        asio::async_read_until(
            socket, asio::dynamic_buffer(reply, most_bytes), '\n',
            [&](const boost::system::error_code& broken, std::size_t) { finished = !broken; });
    });
    loop.run_for(patience);
    const auto answer =
        finished ? base::Json::parse(reply) : base::Result<base::Json>(base::Error{base::Errc::timeout, ""});
    if (!answer) {
        return base::Error{base::Errc::timeout,
                           "the hub that runs on " + directory + " does not answer; see its log"};
    }
    return AdminAnswer{.done = answer->find("done").as_bool().value_or(false),
                       .text = std::string(answer->find("text").as_string().value_or(""))};
}

}  // namespace hub
