#include "firmware/state_file.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace firmware {

namespace {

constexpr std::string_view magic = "doorlock-state";

constexpr std::array<std::uint32_t, 16> nibble_table() {
    std::array<std::uint32_t, 16> table{};
    for (std::uint32_t i = 0; i < 16; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 4; ++bit)
            value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
        table[i] = value;
    }
    return table;
}

// The next word of `line` as a number; the word is taken off.
template <typename Number>
bool take_number(std::string_view& line, Number& number) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const auto [last, error] = std::from_chars(line.data(), line.data() + end, number);
    if (error != std::errc() || last != line.data() + end) return false;
    line.remove_prefix(std::min(end + 1, line.size()));
    return true;
}

base::Error damaged(const std::string& path, std::string_view why) {
    return base::Error{base::Errc::io, path + " is damaged: " + std::string(why)};
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
    static constexpr auto table = nibble_table();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        crc = (crc >> 4U) ^ table[crc & 15U];
        crc = (crc >> 4U) ^ table[crc & 15U];
    }
    return ~crc;
}

StateFile::StateFile(base::FileLayer& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

std::string StateFile::path(std::uint64_t generation) const {
    return directory_ + "/state." + (generation % 2 == 0 ? "0" : "1");
}

base::Result<StateFile::Generation> StateFile::read(const std::string& path) {
    auto bytes = files_.read(path, longest_text + 128);
    if (!bytes) return bytes.error();
    const std::size_t line_end = bytes->find('\n');
    std::string_view line(bytes->data(), line_end == std::string::npos ? 0 : line_end);
    if (!line.starts_with(magic)) return damaged(path, "it does not begin with \"doorlock-state\"");
    line.remove_prefix(std::min(magic.size() + 1, line.size()));
    Generation generation;
    std::size_t length = 0;
    std::uint32_t checksum = 0;
    if (!take_number(line, generation.number) || !take_number(line, length) || !take_number(line, checksum)) {
        return damaged(path, "its first line has no generation, length and checksum");
    }
    generation.text = bytes->substr(line_end + 1);
    if (generation.text.size() != length) return damaged(path, "its length is not the one it tells");
    if (crc32(generation.text) != checksum) return damaged(path, "its checksum is wrong");
    return generation;
}

base::Result<std::optional<std::string>> StateFile::load() {
    std::optional<Generation> newest;
    std::optional<base::Error> trouble;
    for (const std::uint64_t which : {0U, 1U}) {
        auto generation = read(path(which));
        if (generation) {
            if (!newest || generation->number > newest->number) newest = std::move(*generation);
        } else if (generation.error().code != base::Errc::not_found) {
            trouble = generation.error();
        }
    }
    damaged_ = trouble.has_value();
    if (newest) {
        generation_ = newest->number;
        return std::optional(std::move(newest->text));
    }
    if (trouble) return *trouble;
    return std::optional<std::string>();
}

base::Result<void> StateFile::save(std::string_view text) {
    if (text.size() > longest_text) {
        return base::Error{base::Errc::too_large, "the state has " + std::to_string(text.size()) +
                                                      " bytes, at most " + std::to_string(longest_text) +
                                                      " are kept"};
    }
    const std::uint64_t next = generation_ + 1;
    std::string bytes(magic);
    bytes += ' ' + std::to_string(next) + ' ' + std::to_string(text.size()) + ' ' +
             std::to_string(crc32(text)) + '\n';
    bytes += text;
    if (auto replaced = base::replace_file(files_, path(next), bytes, 0600); !replaced)
        return replaced.error();
    generation_ = next;
    return {};
}

}  // namespace firmware
