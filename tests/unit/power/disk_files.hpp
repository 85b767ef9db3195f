#pragma once

#include "base/file_layer.hpp"
#include "disk.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace power {

// The file layer over the disk on which SQLite keeps its files too, by a Vfs.
class DiskFiles final : public base::FileLayer {
  public:
    explicit DiskFiles(Disk& disk) : disk_(disk) {}

    base::Result<std::string> read(const std::string& path, std::size_t most) override {
        const auto file = disk_.find(path);
        if (!file) return none(path);
        if (file->bytes().size() > most) return base::Error{base::Errc::too_large, path};
        return std::string(file->bytes());
    }
    base::Result<std::unique_ptr<File>> create(const std::string& path, unsigned) override {
        const auto there = disk_.find(path);
        if (there) disk_.cut(there, 0);
        return open(there ? there : disk_.create(path));
    }
    base::Result<std::unique_ptr<File>> append(const std::string& path, unsigned) override {
        const auto there = disk_.find(path);
        return open(there ? there : disk_.create(path));
    }
    base::Result<std::unique_ptr<File>> overwrite(const std::string& path, std::size_t) override {
        return none(path);  // nobody asks
    }
    base::Result<void> rename(const std::string& from, const std::string&) override { return none(from); }
    base::Result<void> link(const std::string& from, const std::string& to) override {
        const auto file = disk_.find(from);
        if (!file) return none(from);
        if (disk_.find(to)) return base::Error{base::Errc::already_exists, to};
        disk_.link(file, to);
        return {};
    }
    base::Result<void> remove(const std::string& path) override {
        if (!disk_.find(path)) return none(path);
        disk_.remove(path);
        return {};
    }
    base::Result<void> sync_directory(const std::string&) override {
        disk_.sync_directory();
        return {};
    }

  private:
    class Open final : public File {
      public:
        Open(Disk& disk, Disk::Handle file) : disk_(disk), file_(std::move(file)) {}
        base::Result<void> write(std::string_view bytes) override {
            disk_.write(file_, file_->bytes().size(), bytes);
            return {};
        }
        base::Result<void> sync() override {
            disk_.sync(file_);
            return {};
        }

      private:
        Disk& disk_;
        Disk::Handle file_;
    };

    std::unique_ptr<File> open(Disk::Handle file) { return std::make_unique<Open>(disk_, std::move(file)); }
    static base::Error none(const std::string& path) { return {base::Errc::not_found, path}; }

    Disk& disk_;
};

}  // namespace power
