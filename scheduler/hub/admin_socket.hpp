#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "scheduler/hub/admin_commands.hpp"

#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace hub {

// The socket in the data directory by which commands of the hub's own user reach the running hub: one line of
// JSON each way, ["device","add","door-1"] and {"done":true,"text":"…"}, then it closes. Who may open it may
// read the database's keys too, so it asks for none.
class AdminSocket {
  public:
    // Takes the place of a socket that a hub left behind; the caller holds the database, so none is running.
    [[nodiscard]] static base::Result<std::unique_ptr<AdminSocket>> listen(boost::asio::io_context& loop,
                                                                           const std::string& directory,
                                                                           AdminCommands& commands,
                                                                           const base::Log& log);
    ~AdminSocket();
    AdminSocket(const AdminSocket&) = delete;
    AdminSocket& operator=(const AdminSocket&) = delete;

  private:
    class Impl;
    explicit AdminSocket(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

// Asks the hub that runs on this data directory. Errc::unavailable: none is running, Errc::timeout: it does
// not answer.
[[nodiscard]] base::Result<AdminAnswer> ask_running_hub(const std::string& directory,
                                                        const std::vector<std::string>& words);

}  // namespace hub
