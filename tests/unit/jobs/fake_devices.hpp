#pragma once

#include "memory_store.hpp"
#include "scheduler/jobs/gateway.hpp"
#include "scheduler/jobs/targets.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jobs {

// Conditions by name: which devices they mean now, or why that cannot be told.
class FakeTargets final : public TargetSource {
  public:
    base::Result<std::vector<std::string>> targets(std::string_view condition) override {
        ++evaluations;
        if (error) return *error;
        last_answer[std::string(condition)] = devices[std::string(condition)];
        return devices[std::string(condition)];
    }

    std::map<std::string, std::vector<std::string>> devices;
    std::map<std::string, std::vector<std::string>> last_answer;
    std::optional<base::Error> error;
    int evaluations = 0;
};

// Devices that are online or not, and calls that wait until the test says how they end.
class FakeGateway final : public DeviceGateway {
  public:
    explicit FakeGateway(MemoryStore& store) : store_(store) {}

    struct Call {
        std::string device;
        std::string method;
        std::string payload;
        MethodDone done;
    };

    bool is_online(const std::string& device_id) const override {
        ++online_questions;
        return online.contains(device_id) || lies_about.contains(device_id);
    }
    void call_method(const std::string& device_id, const MethodAction& action, MethodDone done) override {
        if (!online.contains(device_id)) {
            return done({.kind = MethodOutcome::Kind::not_sent, .payload = {}, .error = {}});
        }
        ++sent[device_id];
        ++sent_by_method[{action.name, device_id}];
        order.push_back(device_id);
        if (on_send) on_send(device_id);
        if (automatic) return done(*automatic);
        calls.push_back({device_id, action.name, action.payload, std::move(done)});
    }
    void patch_twin(const std::string& device_id, const TwinAction& action, TwinDone done) override {
        order.push_back(device_id);
        if (patches_are_late) {
            late_patches.emplace_back(device_id, std::move(done));
            return;
        }
        last_patch = action.update_twin;
        if (missing.contains(device_id)) return done(RowError{"DeviceNotFound", "no such device"});
        ++store_.patches[{device_id, action.update_twin}];
        done(std::nullopt);
    }

    // Ends the oldest call that waits for this device.
    void finish(const std::string& device, MethodOutcome outcome) {
        for (auto at = calls.begin(); at != calls.end(); ++at) {
            if (at->device != device) continue;
            const MethodDone done = std::move(at->done);
            calls.erase(at);
            return done(std::move(outcome));
        }
        throw std::logic_error("no call waits for " + device);
    }
    void answer(const std::string& device, int status = 200, std::string payload = "{}") {
        finish(device, {.kind = MethodOutcome::Kind::answered,
                        .status = status,
                        .payload = std::move(payload),
                        .error = {}});
    }
    void end(const std::string& device, MethodOutcome::Kind kind) {
        finish(device, {.kind = kind, .payload = {}, .error = {}});
    }
    // What the hub's connections do when its process ends: the calls are gone, nobody is told.
    void crash() {
        calls.clear();
        late_patches.clear();
    }

    std::set<std::string> online;
    std::set<std::string> lies_about;  // says online, and takes no call
    std::set<std::string> missing;
    std::optional<MethodOutcome> automatic;  // every call ends like this at once
    std::function<void(const std::string&)> on_send;
    bool patches_are_late = false;

    std::vector<Call> calls;
    std::vector<std::pair<std::string, TwinDone>> late_patches;
    std::map<std::string, int> sent;  // calls that left, by device
    std::map<std::pair<std::string, std::string>, int> sent_by_method;
    std::vector<std::string> order;  // devices in the order of their calls and patches
    std::string last_patch;
    mutable std::size_t online_questions = 0;

  private:
    MemoryStore& store_;
};

}  // namespace jobs
