#include "scheduler/cli/twin_commands.hpp"

#include "scheduler/cli/elements.hpp"
#include "scheduler/cli/requests.hpp"
#include "scheduler/cli/twin_view.hpp"

#include <utility>

namespace cli {

namespace {

Outcome about(base::Error error, const std::string& id) {
    if (error.code == base::Errc::not_found) {
        return failed({base::Errc::not_found,
                       "there is no device '" + id + "'; 'lockctl device list' shows those there are"});
    }
    return failed(base::with_context(std::move(error), id));
}

Outcome patch(const std::string& id, const base::Json& body, const std::string& what, Context& context) {
    const auto response = context.service.call(patch_twin(id, body));
    if (!response) return about(response.error(), id);
    if (context.output.as_json()) {
        print_document(context.output, response->body);
        return {};
    }
    const auto twin = base::Json::parse(response->body);
    if (!twin) return failed(base::with_context(twin.error(), "the hub's answer"));
    context.output.out << id << ": " << what;
    const auto version = twin->find("properties").find("desired").find("$version").as_integer();
    if (version && body.find("properties").exists()) {
        context.output.out << ", desired properties are at version " << *version;
    }
    context.output.out << '\n';
    return {};
}

}  // namespace

Outcome run(const TwinShow& command, Context& context) {
    const auto response = context.service.call(get_twin(command.id));
    if (!response) return about(response.error(), command.id);
    if (context.output.as_json()) {
        print_document(context.output, response->body);
        return {};
    }
    const auto twin = base::Json::parse(response->body);
    if (!twin) return failed(base::with_context(twin.error(), "the hub's answer"));
    print_twin(*twin, context.output);
    return {};
}

Outcome run(const TwinSet& command, Context& context) {
    const base::Json body =
        base::Json::object({{"properties", base::Json::object({{"desired", command.desired}})}});
    return patch(command.id, body, "set " + command.desired.dump(), context);
}

Outcome run(const TwinTag& command, Context& context) {
    return patch(command.id, base::Json::object({{"tags", command.tags}}), "tagged " + command.tags.dump(),
                 context);
}

}  // namespace cli
