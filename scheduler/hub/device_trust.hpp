#pragma once

#include "base/file_layer.hpp"
#include "base/result.hpp"
#include "scheduler/hub/device_authorities.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// Which authorities may vouch for devices now: the hub's own CA (ca.pem), and those that the administrator
// has added, in device-ca.pem of the data directory.
class DeviceTrust {
  public:
    // Errors name the file and what is wrong with it. `files` outlives this.
    [[nodiscard]] static base::Result<std::unique_ptr<DeviceTrust>> load(base::FileLayer& files,
                                                                         const std::string& directory);

    // What holds for the handshakes that begin now.
    [[nodiscard]] std::shared_ptr<const DeviceAuthorities> now() const { return authorities_; }
    // Those of this PEM text too, from now on and in the file. A text that cannot be used changes nothing.
    [[nodiscard]] base::Result<void> add(std::string_view pem);

  private:
    DeviceTrust(base::FileLayer& files, std::string path, std::string own, std::string added)
        : files_(files), path_(std::move(path)), own_(std::move(own)), added_(std::move(added)) {}
    [[nodiscard]] base::Result<std::shared_ptr<const DeviceAuthorities>> read(const std::string& added) const;

    base::FileLayer& files_;
    std::string path_;
    std::string own_;
    std::string added_;
    std::shared_ptr<const DeviceAuthorities> authorities_;
};

}  // namespace hub
