#pragma once

#include "scheduler/hub/audit.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device_trust.hpp"
#include "scheduler/hub/policies.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/settings.hpp"
#include "scheduler/hub/signal.hpp"
#include "scheduler/hub/twin_indexes.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hub {

struct AdminAnswer {
    bool done = false;
    std::string text;  // what to print: the result, or one sentence that says what is wrong
};

// What an administrator does on the hub's own machine, without a key: run by the hub when it runs, and
// directly on the file when it does not.
//   device add ID                        → the device's connection string
//   device add ID x509 HOW               → the same; HOW is the device's certificate (PEM), its SHA-1 or
//   SHA-256
//                                          thumbprint, or "ca": a registered authority vouches for it
//   ca list                              → a line for each authority that vouches for devices
//   ca add PEM                           → the same
//   policy list                          → a line each: name, rights
//   policy add NAME RIGHT[,RIGHT…]       → the policy's connection string
//   policy roll NAME                     → the same with a new primary key; the old one becomes the secondary
//   device add ID snippet                → doorlockd's configuration file for the device
//   index add PATH                       → what the index costs
//   index list                           → the paths that have one
//   index remove PATH
class AdminCommands {
  public:
    AdminCommands(Database& database, Registry& registry, Policies& policies, const Settings& settings,
                  const base::Clock& clock);

    // For the commands about authorities; it outlives this.
    void manage(DeviceTrust& trust) { trust_ = &trust; }

    // Keeps what was commanded; it outlives this.
    void keep_audit(Audit& audit) { audit_ = &audit; }

    // What goes on after a command was answered; the owner commits after each tick.
    [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return indexes_.next_due(); }
    void tick() { indexes_.tick(); }

    // The keys of a policy have changed, durably.
    Signal<const std::string&> policy_rolled;

    // `done` is called once, after the commit that covers the command.
    void run(const std::vector<std::string>& words, std::function<void(AdminAnswer)> done);

  private:
    [[nodiscard]] AdminAnswer act(const std::vector<std::string>& words);
    [[nodiscard]] AdminAnswer add_device(const std::string& id, const DeviceDraft& draft);
    [[nodiscard]] AdminAnswer add_x509_device(const std::string& id, const std::string& how);
    [[nodiscard]] AdminAnswer list_authorities() const;
    [[nodiscard]] AdminAnswer add_authority(const std::string& pem);
    [[nodiscard]] AdminAnswer list_policies() const;
    [[nodiscard]] AdminAnswer add_policy(const std::string& name, const std::string& rights);
    [[nodiscard]] AdminAnswer roll_policy(const std::string& name);
    [[nodiscard]] AdminAnswer add_index(const std::string& path);
    [[nodiscard]] AdminAnswer list_indexes();
    [[nodiscard]] AdminAnswer remove_index(const std::string& path);
    [[nodiscard]] std::string connection_string(const Policy& policy) const;

    Database& database_;
    Registry& registry_;
    Policies& policies_;
    const Settings& settings_;
    TwinIndexes indexes_;
    DeviceTrust* trust_ = nullptr;
    Audit* audit_ = nullptr;
};

}  // namespace hub
