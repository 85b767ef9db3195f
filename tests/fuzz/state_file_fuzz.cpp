#include "firmware/state.hpp"
#include "firmware/state_file.hpp"
#include "fuzz.hpp"

#include <memory>
#include <string>

// What a disk makes of a state file: it is refused, or read, and then it survives being written again.

namespace {

base::Error no_writes() {
    return {base::Errc::io, "only for reading"};
}

// The two generations of a directory.
class TwoFiles final : public base::FileLayer {
  public:
    TwoFiles(std::string_view first, std::string_view second) : first_(first), second_(second) {}
    base::Result<std::string> read(const std::string& path, std::size_t most) override {
        const std::string& bytes = path.ends_with("0") ? first_ : second_;
        if (bytes.empty()) return base::Error{base::Errc::not_found, path};
        if (bytes.size() > most) return base::Error{base::Errc::too_large, path};
        return bytes;
    }
    base::Result<std::unique_ptr<File>> create(const std::string&, unsigned) override { return no_writes(); }
    base::Result<std::unique_ptr<File>> append(const std::string&, unsigned) override { return no_writes(); }
    base::Result<std::unique_ptr<File>> overwrite(const std::string&, std::size_t) override {
        return no_writes();
    }
    base::Result<void> rename(const std::string&, const std::string&) override { return no_writes(); }
    base::Result<void> link(const std::string&, const std::string&) override { return no_writes(); }
    base::Result<void> remove(const std::string&) override { return no_writes(); }
    base::Result<void> sync_directory(const std::string&) override { return no_writes(); }

  private:
    std::string first_;
    std::string second_;
};

void check_text(std::string_view text) {
    const auto state = firmware::parse_state(text);
    if (!state) return must(state.error().message.starts_with("state file"));
    const std::string written = firmware::to_text(*state);
    const auto again = firmware::parse_state(written);
    must(again.has_value() && firmware::to_text(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = text_of(data, size);
    check_text(bytes);
    TwoFiles files(bytes.substr(0, size / 2), bytes.substr(size / 2));
    (void)firmware::StateFile(files, "/s").load();
    // With the right first line, so that the fuzzer need not guess a checksum.
    const std::string framed = "doorlock-state 7 " + std::to_string(size) + ' ' +
                               std::to_string(firmware::crc32(bytes)) + '\n' + std::string(bytes);
    TwoFiles whole({}, framed);
    const auto loaded = firmware::StateFile(whole, "/s").load();
    must(loaded.has_value() && loaded->has_value() && **loaded == bytes);
    return 0;
}
