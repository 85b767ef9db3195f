#include "disk.hpp"

#include <algorithm>
#include <utility>

namespace power {

void Disk::File::apply(std::string& bytes, const Change& change, std::size_t most) {
    if (change.cut) {
        bytes.resize(std::min(bytes.size(), change.offset));
        return;
    }
    const std::size_t size = std::min(most, change.data.size());
    if (bytes.size() < change.offset + size) bytes.resize(change.offset + size);
    bytes.replace(change.offset, size, change.data, 0, size);
}

Disk::Disk(Image image, unsigned seed) : random_(seed) {
    load(image);
}

void Disk::load(const Image& image) {
    names_.clear();
    for (const auto& [name, bytes] : image) {
        auto file = std::make_shared<File>();
        file->live_ = file->durable_ = bytes;
        names_.emplace(name, std::move(file));
    }
    durable_names_ = names_;
    unsynced_names_.clear();
    last_written_ = nullptr;
}

Disk::Handle Disk::find(const std::string& name) const {
    const auto at = names_.find(name);
    return at == names_.end() ? nullptr : at->second;
}

Disk::Handle Disk::create(const std::string& name) {
    auto file = std::make_shared<File>();
    names_[name] = file;
    unsynced_names_.push_back({name, file});
    pass_moment();
    return file;
}

void Disk::remove(const std::string& name) {
    names_.erase(name);
    unsynced_names_.push_back({name, nullptr});
    pass_moment();
}

void Disk::link(const Handle& file, const std::string& name) {
    names_[name] = file;
    unsynced_names_.push_back({name, file});
    pass_moment();
}

void Disk::write(const Handle& file, std::size_t offset, std::string_view data) {
    file->unsynced_.push_back({.offset = offset, .data = std::string(data)});
    File::apply(file->live_, file->unsynced_.back(), data.size());
    last_written_ = file.get();
    pass_moment();
}

void Disk::cut(const Handle& file, std::size_t size) {
    file->unsynced_.push_back({.cut = true, .offset = size, .data = {}});
    File::apply(file->live_, file->unsynced_.back(), 0);
    last_written_ = file.get();
    pass_moment();
}

// The power goes before it is done.
void Disk::sync(const Handle& file) {
    pass_moment();
    for (const File::Change& change : std::exchange(file->unsynced_, {})) {
        File::apply(file->durable_, change, change.data.size());
    }
}

void Disk::sync_directory() {
    pass_moment();
    durable_names_ = names_;
    unsynced_names_.clear();
}

void Disk::lose_power_at(std::optional<std::size_t> moment, Fate fate) {
    moments_ = 0;
    cut_at_ = moment;
    fate_ = fate;
}

void Disk::pass_moment() {
    if (!off() && cut_at_ == moments_) survivors_ = survive();
    ++moments_;
}

std::string Disk::survive(const File& file) {
    std::string bytes = file.durable_;
    const auto some = [this](std::size_t below) { return random_() % (below + 1); };
    for (const File::Change& change : file.unsynced_) {
        const bool last = &file == last_written_ && &change == &file.unsynced_.back();
        std::size_t most = change.data.size();
        if (fate_ == Fate::lost || (fate_ == Fate::mixed && some(1) == 0)) continue;
        if ((fate_ == Fate::torn && last) || (fate_ == Fate::mixed && some(3) == 0)) {
            if (change.cut) continue;
            most = some(most);
        }
        File::apply(bytes, change, most);
    }
    return bytes;
}

Disk::Image Disk::survive() {
    Names names = durable_names_;
    for (const Renaming& renaming : unsynced_names_) {
        if (fate_ == Fate::lost || (fate_ == Fate::mixed && random_() % 2 == 0)) continue;
        if (renaming.file) {
            names[renaming.name] = renaming.file;
        } else {
            names.erase(renaming.name);
        }
    }
    Image image;
    for (const auto& [name, file] : names) {
        image.emplace(name, survive(*file));
    }
    return image;
}

void Disk::reboot() {
    load(survivors_ ? *survivors_ : image());
    survivors_.reset();
    cut_at_.reset();
    moments_ = 0;
}

Disk::Image Disk::image() const {
    Image image;
    for (const auto& [name, file] : names_) {
        image.emplace(name, file->live_);
    }
    return image;
}

}  // namespace power
