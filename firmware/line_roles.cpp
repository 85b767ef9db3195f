#include "firmware/line_roles.hpp"

namespace firmware {

std::string LineRole::path() const {
    return std::string(section) + '.' + (inner.empty() ? "" : std::string(inner) + '.') +
           std::string(setting);
}

std::array<LineRole, 10> line_roles(const DoorLines& lines) {
    return {LineRole{"lock", "lock", "lines", "lock", true, lines.lock},
            LineRole{"unlock", "lock", "lines", "unlock", true, lines.unlock},
            LineRole{"power", "lock", "lines", "power", true, lines.power},
            LineRole{"locked_switch", "lock", "switches", "locked", false, lines.locked_switch},
            LineRole{"unlocked_switch", "lock", "switches", "unlocked", false, lines.unlocked_switch},
            LineRole{"contact", "door", "", "contact", false, lines.contact},
            LineRole{"exit_button", "door", "", "exit_button", false, lines.exit_button},
            LineRole{"tamper", "door", "", "tamper", false, lines.tamper},
            LineRole{"fire_loop", "fire", "", "loop", false, lines.fire_loop},
            LineRole{"fire_reset", "fire", "", "reset", false, lines.fire_reset}};
}

}  // namespace firmware
