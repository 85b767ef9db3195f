#include "firmware/fire_mark_file.hpp"

#include "firmware/state_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace firmware {

namespace {

constexpr std::string_view magic = "doorlock-fire";

std::string to_block(const FireMark& mark) {
    std::string text(magic);
    text += ' ' + std::to_string(mark.change) + (mark.latched ? " latched " : " clear ");
    text += std::to_string(crc32(text)) + '\n';
    text.resize(FireMarkFile::block, ' ');
    return text;
}

// A block is intact when it is, byte for byte, what would be written for the mark that it tells.
std::optional<FireMark> from_block(std::string_view block) {
    if (!block.starts_with(magic)) return std::nullopt;
    const std::string_view digits = block.substr(std::min(magic.size() + 1, block.size()));
    FireMark mark;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mark.change);
    if (error != std::errc() || mark.change > largest_count) return std::nullopt;
    const std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
    mark.latched = rest.starts_with(" latched ");
    return block == to_block(mark) ? std::optional(mark) : std::nullopt;
}

}  // namespace

FireMarkFile::FireMarkFile(base::FileLayer& files, const std::string& directory)
    : files_(files), path_(directory + "/fire") {}

base::Result<std::optional<FireMark>> FireMarkFile::load() {
    whole_ = false;
    auto bytes = files_.read(path_, 2 * block);
    if (!bytes) {
        if (bytes.error().code == base::Errc::not_found) return std::optional<FireMark>();
        return std::move(bytes).error();
    }
    const std::string_view text = *bytes;
    const std::array marks{from_block(text.substr(0, block)),
                           text.size() > block ? from_block(text.substr(block)) : std::nullopt};
    if (!marks[0] && !marks[1]) {
        return base::Error{base::Errc::io, path_ + " is damaged: neither of its two blocks is intact"};
    }
    whole_ = marks[0] && marks[1];
    const bool second = !marks[0] || (marks[1] && marks[1]->change > marks[0]->change);
    next_ = second ? 0 : 1;
    return second ? marks[1] : marks[0];
}

base::Result<void> FireMarkFile::prepare(const FireMark& mark) {
    return whole_ ? base::Result<void>() : make(mark);
}

base::Result<void> FireMarkFile::make(const FireMark& mark) {
    const std::string text = to_block(mark);
    if (auto made = base::replace_file(files_, path_, text + text, 0600); !made) return made;
    whole_ = true;
    return {};
}

base::Result<void> FireMarkFile::save(const FireMark& mark) {
    auto file = files_.overwrite(path_, next_ * block);
    if (!file && file.error().code == base::Errc::not_found) return make(mark);
    if (!file) return std::move(file).error();
    if (auto written = (*file)->write(to_block(mark)); !written) return written;
    if (auto synced = (*file)->sync(); !synced) return synced;
    next_ = 1 - next_;
    return {};
}

}  // namespace firmware
