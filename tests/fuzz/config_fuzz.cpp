#include "firmware/config.hpp"
#include "fuzz.hpp"

#include <algorithm>

// Configuration files of strangers: right, or a bounded list of mistakes in the order of the text.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = firmware::parse_config(text_of(data, size), "/etc/doorlock");
    if (const auto* mistakes = std::get_if<std::vector<firmware::Mistake>>(&parsed)) {
        must(!mistakes->empty() && mistakes->size() <= 100);
        for (const firmware::Mistake& mistake : *mistakes)
            must(!mistake.text.empty());
        must(std::is_sorted(mistakes->begin(), mistakes->end(),
                            [](const auto& a, const auto& b) { return a.at.line < b.at.line; }));
        return 0;
    }
    const auto& config = std::get<firmware::Config>(parsed);
    must(!config.state_directory.empty());
    const bool two = config.lines.lock.has_value() && config.lines.unlock.has_value();
    must(two ? config.lines.lock->line != config.lines.unlock->line : config.lines.power.has_value());
    return 0;
}
