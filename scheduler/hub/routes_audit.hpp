#pragma once

#include "scheduler/hub/audit_log.hpp"
#include "scheduler/hub/router.hpp"

namespace hub {

// GET /lockhub/v1/audit: the records behind a number, with the marks by which the chain is checked.
void add_audit_route(Router& router, AuditLog& log);

}  // namespace hub
