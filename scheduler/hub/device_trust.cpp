#include "scheduler/hub/device_trust.hpp"

#include <cstddef>
#include <utility>

namespace hub {

namespace {

constexpr std::size_t most_pem = std::size_t{256} * 1024;

}  // namespace

base::Result<std::unique_ptr<DeviceTrust>> DeviceTrust::load(base::FileLayer& files,
                                                             const std::string& directory) {
    auto own = files.read(directory + "/ca.pem", most_pem);
    if (!own) return own.error();
    std::string path = directory + "/device-ca.pem";
    auto added = files.read(path, most_pem);
    if (!added && added.error().code != base::Errc::not_found) return added.error();
    std::unique_ptr<DeviceTrust> trust(
        new DeviceTrust(files, path, std::move(*own), added ? std::move(*added) : std::string()));
    auto authorities = trust->read(trust->added_);
    if (!authorities) {
        return base::Error{authorities.error().code,
                           path + ": " + authorities.error().message +
                               "; correct the file, or remove it and add the authorities "
                               "anew with lockhub ca add"};
    }
    trust->authorities_ = std::move(*authorities);
    return trust;
}

base::Result<std::shared_ptr<const DeviceAuthorities>> DeviceTrust::read(const std::string& added) const {
    return added.empty() ? DeviceAuthorities::make({own_}) : DeviceAuthorities::make({own_, added});
}

base::Result<void> DeviceTrust::add(std::string_view pem) {
    if (auto good = DeviceAuthorities::make({pem}); !good) return good.error();
    std::string added = added_;
    if (!added.empty() && added.back() != '\n') added += '\n';
    added += pem;
    auto authorities = read(added);
    if (!authorities) return authorities.error();
    if (auto written = base::replace_file(files_, path_, added, 0644); !written) return written.error();
    added_ = std::move(added);
    authorities_ = std::move(*authorities);
    return {};
}

}  // namespace hub
