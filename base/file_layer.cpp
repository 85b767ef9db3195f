#include "base/file_layer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace base {
namespace {

Error from_errno(const std::string& what, const std::string& path) {
    const int number = errno;
    Errc code = Errc::io;
    if (number == ENOENT || number == ENOTDIR) code = Errc::not_found;
    if (number == EACCES || number == EPERM || number == EROFS) code = Errc::permission_denied;
    return {code, what + " " + path + ": " + std::generic_category().message(number)};
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0)
            (void)::close(fd_);  // what had to be durable was synced before; nothing is left to report
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool valid() const { return fd_ >= 0; }

  private:
    int fd_;
};

class PosixFile final : public FileLayer::File {
  public:
    PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<void> write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return from_errno("cannot write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }
    Result<void> sync() override {
        if (::fsync(fd_.get()) != 0) return from_errno("cannot sync", path_);
        return {};
    }

  private:
    Descriptor fd_;
    std::string path_;
};

Result<std::unique_ptr<FileLayer::File>> open_for_writing(const std::string& path, int flags, unsigned mode) {
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode));
    if (!fd.valid()) return from_errno("cannot write", path);
    return std::unique_ptr<FileLayer::File>(std::make_unique<PosixFile>(std::move(fd), path));
}

Result<std::string> read_descriptor(const Descriptor& fd, const std::string& path, std::size_t most) {
    std::string bytes;
    constexpr std::size_t step = 16 * 1024;
    for (;;) {
        const std::size_t held = bytes.size();
        bytes.resize(held + step);
        const ssize_t got = ::read(fd.get(), bytes.data() + held, step);
        if (got < 0 && errno == EINTR) {
            bytes.resize(held);
            continue;
        }
        if (got < 0) return from_errno("cannot read", path);
        bytes.resize(held + static_cast<std::size_t>(got));
        if (bytes.size() > most) {
            return Error{Errc::too_large, path + " is larger than " + std::to_string(most) + " bytes"};
        }
        if (got == 0) return bytes;
    }
}

// A pipe without a writer would keep the reader waiting for ever, so one is refused, not waited for.
Result<Descriptor> open_for_reading(const std::string& path) {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) return from_errno("cannot read", path);
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0) return from_errno("cannot examine", path);
    if (S_ISFIFO(facts.st_mode)) return Error{Errc::io, "cannot read " + path + ": it is a pipe, not a file"};
    return fd;
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> PosixFileLayer::read(const std::string& path, std::size_t most) {
    const auto fd = open_for_reading(path);
    if (!fd) return fd.error();
    return read_descriptor(*fd, path, most);
}

Result<std::unique_ptr<FileLayer::File>> PosixFileLayer::create(const std::string& path, unsigned mode) {
    return open_for_writing(path, O_TRUNC | O_NOFOLLOW, mode);
}

Result<std::unique_ptr<FileLayer::File>> PosixFileLayer::append(const std::string& path, unsigned mode) {
    return open_for_writing(path, O_APPEND, mode);
}

Result<std::unique_ptr<FileLayer::File>> PosixFileLayer::overwrite(const std::string& path,
                                                                   std::size_t offset) {
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) return from_errno("cannot write", path);
    if (::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
        return from_errno("cannot seek in", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
}

Result<void> PosixFileLayer::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return from_errno("cannot rename " + from + " to", to);
    return {};
}

Result<void> PosixFileLayer::link(const std::string& from, const std::string& to) {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    if (errno == EEXIST) return Error{Errc::already_exists, to + " is there already"};
    return from_errno("cannot name " + from + " too", to);
}

Result<void> PosixFileLayer::remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return from_errno("cannot remove", path);
    return {};
}

Result<void> PosixFileLayer::sync_directory(const std::string& path) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return from_errno("cannot open directory", path);
    if (::fsync(fd.get()) != 0) return from_errno("cannot sync directory", path);
    return {};
}

Result<void> replace_file(FileLayer& files, const std::string& path, std::string_view bytes, unsigned mode) {
    const std::string fresh = path + ".new";
    {
        auto file = files.create(fresh, mode);
        if (!file) return std::move(file).error();
        if (auto written = (*file)->write(bytes); !written) return written;
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    if (auto renamed = files.rename(fresh, path); !renamed) return renamed;
    return files.sync_directory(directory_of(path));
}

Result<SharedText> read_shared(const std::string& path, std::size_t most) {
    const auto fd = open_for_reading(path);
    if (!fd) return fd.error();
    struct stat facts {};
    if (::fstat(fd->get(), &facts) != 0) return from_errno("cannot examine", path);
    if (!S_ISREG(facts.st_mode)) {
        return Error{Errc::invalid_argument, path + " is no regular file, which a secret stands in"};
    }
    auto text = read_descriptor(*fd, path, most);
    if (!text) return std::move(text).error();
    return SharedText{*std::move(text), (facts.st_mode & 077U) != 0};
}

Error others_may_read(const std::string& path) {
    return {Errc::permission_denied, path + " holds a secret and others may read it; run: chmod 600 " + path};
}

Result<std::string> read_secret(const std::string& path, std::size_t most) {
    auto read = read_shared(path, most);
    if (!read) return std::move(read).error();
    if (read->others_may_read) return others_may_read(path);
    return std::move(read->text);
}

}  // namespace base
