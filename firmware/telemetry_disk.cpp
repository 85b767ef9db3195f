#include "firmware/telemetry_disk.hpp"

#include <random>
#include <utility>

namespace firmware {

// What is given to the thread may be done after this object has gone: it refers to the file alone.

void TelemetryDisk::append(std::string lines, Done done) {
    thread_.run([&file = file_, lines = std::move(lines)] { return file.append(lines); }, std::move(done));
}

void TelemetryDisk::replace(std::string lines, Done done) {
    thread_.run([&file = file_, lines = std::move(lines)] { return file.replace(lines); }, std::move(done));
}

std::string new_telemetry_id() {
    std::random_device random;
    std::string id;
    for (int i = 0; i < 8; ++i)
        id += "0123456789abcdef"[random() % 16];
    return id;
}

}  // namespace firmware
