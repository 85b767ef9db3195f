#pragma once

#include "scheduler/hub/router.hpp"

namespace hub {

// The web console: static files that hold no secret and need no token, for a browser that then asks the
// service API as any other client does.
//   GET /                 leads to the console
//   GET /console/         index.html
//   GET /console/{file}   what it is made of
void add_console_routes(Router& router);

}  // namespace hub
