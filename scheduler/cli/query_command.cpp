#include "scheduler/cli/query_command.hpp"

#include "scheduler/cli/rows.hpp"

namespace cli {

Outcome run(const RunQuery& command, Context& context) {
    RowPrinter printer(context.output);
    const auto done =
        context.service.query(command.text, [&printer](const Page& page) { printer.add(page); });
    if (!done) return failed(done.error());
    printer.finish("nothing matches");
    return {};
}

}  // namespace cli
