#include "scheduler/jobs/command_id.hpp"

#include "base/json.hpp"

namespace jobs {
namespace {

bool names_command(base::JsonView object) {
    const auto id = object.find("commandId").as_string();
    return id && !id->empty();
}

}  // namespace

bool carries_command_id(std::string_view payload) {
    const auto value = base::Json::parse(payload);
    if (!value) return false;
    const auto inner = value->view().as_string();
    if (!inner) return names_command(*value);
    const auto object = base::Json::parse(*inner);
    return object && names_command(*object);
}

}  // namespace jobs
