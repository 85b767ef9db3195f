#pragma once

#include "base/clock.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/device.hpp"
#include "scheduler/hub/fault.hpp"
#include "scheduler/hub/signal.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// What the holder of a policy's key may do; a set of rights (iothub-protocol.md §2.1).
class Rights {
  public:
    constexpr Rights() = default;
    [[nodiscard]] static constexpr Rights registry_read() { return Rights(1); }
    [[nodiscard]] static constexpr Rights registry_write() {
        return Rights(2 | 1);
    }  // writing implies reading
    [[nodiscard]] static constexpr Rights service_connect() { return Rights(4); }
    [[nodiscard]] static constexpr Rights device_connect() { return Rights(8); }
    [[nodiscard]] static constexpr Rights all() { return Rights(15); }
    [[nodiscard]] static constexpr Rights from_bits(unsigned bits) { return Rights(bits & 15U); }

    [[nodiscard]] constexpr bool include(Rights other) const { return (bits_ & other.bits_) == other.bits_; }
    [[nodiscard]] constexpr unsigned bits() const { return bits_; }
    constexpr Rights operator|(Rights other) const { return Rights(bits_ | other.bits_); }
    constexpr bool operator==(const Rights&) const = default;

  private:
    constexpr explicit Rights(unsigned bits) : bits_(bits) {}
    unsigned bits_ = 0;
};
// "RegistryWrite, ServiceConnect"; and back, in any case, separated by commas.
[[nodiscard]] std::string to_text(Rights rights);
[[nodiscard]] Outcome<Rights> parse_rights(std::string_view text);

struct Policy {
    std::string name;
    Rights rights;
    Pair keys;
    bool built_in = false;
};

// {"keyName":…,"primaryKey":…,"secondaryKey":…,"rights":"RegistryRead, …"}: the form of Azure's management
// API.
[[nodiscard]] std::string policy_json(const Policy& policy);
// Reads "rights", and the keys if they are there (base64), of such a body.
struct PolicyDraft {
    Rights rights;
    Pair keys;  // an empty key asks the hub to make one, or to keep the one it has
};
[[nodiscard]] Outcome<PolicyDraft> parse_policy(std::string_view name, std::string_view body);

// The shared access policies: the five of IoT Hub and up to 16 more. Few and asked for with every request, so
// they are held in memory.
class Policies {
  public:
    static constexpr std::size_t max_custom = 16;

    explicit Policies(Database& database);

    // Makes those of the five built-in policies that are missing, with random keys; true if it made any.
    bool ensure_built_in();

    [[nodiscard]] const Policy* find(std::string_view name) const;
    [[nodiscard]] std::vector<Policy> list() const;  // by name
    // Makes or changes one. The rights of a built-in policy cannot be changed, its keys can.
    [[nodiscard]] Outcome<Policy> put(std::string_view name, const PolicyDraft& draft);
    // Not the built-in ones.
    [[nodiscard]] Outcome<void> remove(std::string_view name);

    // After the commit that removed a policy, or changed its rights or keys: what was opened with it ends.
    Signal<const std::string&> changed;

  private:
    void announce(std::string_view name);
    void load();
    void store(const Policy& policy);

    Database& database_;
    Statement load_;
    Statement store_;
    Statement remove_;
    std::map<std::string, Policy, std::less<>> policies_;
};

}  // namespace hub
