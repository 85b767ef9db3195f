#pragma once

#include "scheduler/hub/device_sessions.hpp"
#include "scheduler/hub/method_calls.hpp"
#include "scheduler/hub/query_service.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/jobs/gateway.hpp"
#include "scheduler/jobs/targets.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hub {

// The hub's own devices, as its job engine reaches them. The owner connects DeviceSessions::callable to
// JobRunner::device_online.
class JobGateway final : public jobs::DeviceGateway, public jobs::TargetSource {
  public:
    JobGateway(DeviceSessions& sessions, MethodCalls& calls, TwinStore& twins, QueryService& queries);

    [[nodiscard]] bool is_online(const std::string& device_id) const override;
    void call_method(const std::string& device_id, const jobs::MethodAction& action,
                     jobs::MethodDone done) override;
    void patch_twin(const std::string& device_id, const jobs::TwinAction& action,
                    jobs::TwinDone done) override;

    base::Result<std::vector<std::string>> targets(std::string_view condition) override;

  private:
    DeviceSessions& sessions_;
    MethodCalls& calls_;
    TwinStore& twins_;
    QueryService& queries_;
};

}  // namespace hub
