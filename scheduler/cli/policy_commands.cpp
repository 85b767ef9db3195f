#include "scheduler/cli/policy_commands.hpp"

#include "protocol/connection_string.hpp"
#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/rows.hpp"
#include "scheduler/cli/table.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cli {

namespace {

// Why policies cannot be managed at this hub; nothing if they can.
std::optional<Outcome> obstacle(Context& context) {
    const auto capabilities = context.service.capabilities();
    if (!capabilities) return failed(capabilities.error());
    if (capabilities->features.contains("policies")) return std::nullopt;
    return Outcome{Exit::refused,
                   "this hub is no lockhub: the policies of an Azure IoT Hub are managed in Azure, e.g. "
                   "with 'az iot hub policy create'"};
}

Outcome refused(const base::Error& error, const Context& context) {
    if (error.code == base::Errc::unauthorized) {
        return {Exit::not_authorised,
                "policy '" + context.service.connection().policy +
                    "' may not manage policies: that takes all four rights, as iothubowner has "
                    "them (" +
                    error.message + ")"};
    }
    return failed(error);
}

}  // namespace

Outcome run(const PolicyList& /*command*/, Context& context) {
    if (auto no = obstacle(context)) return std::move(*no);
    const auto response = context.service.call(list_policies());
    if (!response) return refused(response.error(), context);
    const auto policies = base::Json::parse(response->body, {.bytes = response->body.size()});
    if (!policies) return failed(base::with_context(policies.error(), "the hub's answer"));
    const std::vector<std::string> columns{"POLICY", "RIGHTS"};
    Elements elements(context.output, columns);
    Table table(columns);
    for (const base::JsonView policy : *policies) {
        const std::string name = cell(policy.find("keyName"));
        const std::string rights = cell(policy.find("rights"));
        // The hub's record has the keys too, which nobody has asked for.
        elements.add(base::Json::object({{"keyName", name}, {"rights", rights}}).dump(), {name, rights});
        table.add({name, rights});
    }
    elements.finish();
    if (context.output.format == Format::table) table.print(context.output);
    return {};
}

Outcome run(const PolicyAdd& command, Context& context) {
    if (auto no = obstacle(context)) return std::move(*no);
    const auto response = context.service.call(put_policy(command.name, command.rights));
    if (!response) return refused(response.error(), context);
    auto policy = base::Json::parse(response->body);
    if (!policy) return failed(base::with_context(policy.error(), "the hub's answer"));
    protocol::ServiceConnectionString connection = context.service.connection();
    connection.policy = command.name;
    connection.key = policy->find("primaryKey").as_string().value_or("");
    if (context.output.as_json()) {
        policy->set("connectionString", protocol::to_text(connection));
        context.output.out << policy->dump() << '\n';
    } else {
        context.output.out << protocol::to_text(connection) << '\n';
    }
    return {};
}

}  // namespace cli
