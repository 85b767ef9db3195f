#include "tests/unit/firmware/power_cut_disk.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace firmware {

namespace {

base::Error no_power() {
    return {base::Errc::io, "no power"};
}

base::Error no_room() {
    return {base::Errc::io, "No space left on device"};
}

}  // namespace

class PowerCutDisk::Open final : public File {
  public:
    Open(PowerCutDisk& disk, std::shared_ptr<Content> content, std::size_t at)
        : disk_(disk), content_(std::move(content)), at_(at) {}

    base::Result<void> write(std::string_view bytes) override {
        std::string& now = content_->now;
        const bool grows = at_ + bytes.size() > now.size();
        if (disk_.powered_ && disk_.full_ && grows) return no_room();
        const bool done = disk_.operate([&] {
            content_->in_place = !grows && (content_->in_place || now == content_->kept);
            now.resize(std::max(now.size(), at_ + bytes.size()));
            now.replace(at_, bytes.size(), bytes);
            at_ += bytes.size();
        });
        return done ? base::Result<void>() : no_power();
    }
    base::Result<void> sync() override {
        const bool done = disk_.operate([&] {
            if (!disk_.lies_.about_files) content_->kept = content_->now;
        });
        return done ? base::Result<void>() : no_power();
    }

  private:
    PowerCutDisk& disk_;
    std::shared_ptr<Content> content_;
    std::size_t at_;
};

void PowerCutDisk::cut_at(unsigned operation, Loss loss) {
    cut_ = operation;
    loss_ = loss;
    count_ = 0;
}

bool PowerCutDisk::operate(const std::function<void()>& effect) {
    if (!powered_) return false;
    ++count_;
    if (count_ != cut_) {
        effect();
        return true;
    }
    if (loss_ != Loss::everything) effect();
    lose();
    return false;
}

// Brings the platter to what is left after the cut.
void PowerCutDisk::lose() {
    powered_ = false;
    if (loss_ == Loss::everything) return;
    const std::size_t changes = loss_ == Loss::torn ? unsynced_.size() / 2 : unsynced_.size();
    for (std::size_t i = 0; i < changes; ++i)
        unsynced_[i](kept_);
    std::set<Content*> contents;
    for (const Directory* directory : {&now_, &kept_}) {
        for (const auto& [path, content] : *directory)
            contents.insert(content.get());
    }
    for (Content* content : contents) {
        if (content->now == content->kept) continue;
        if (content->in_place) {
            lose_in_place(*content);
            continue;
        }
        // What was synced stays, when the rest was only added behind it.
        if (!content->now.starts_with(content->kept)) content->kept.clear();
        const std::size_t added = content->now.size() - content->kept.size();
        switch (loss_) {
            case Loss::torn:
                content->kept += content->now.substr(content->kept.size(), added / 2);
                break;
            case Loss::names_only:
                break;
            case Loss::zeros:
                content->kept += std::string(added, '\0');
                break;
            case Loss::nothing:
                content->kept = content->now;
                break;
            case Loss::everything:
                break;
        }
    }
}

// Between the first and the last byte that differ lies what was being written.
void PowerCutDisk::lose_in_place(Content& content) const {
    const auto differ = std::mismatch(content.now.begin(), content.now.end(), content.kept.begin());
    const auto begins = static_cast<std::size_t>(differ.first - content.now.begin());
    std::size_t ends = content.now.size();
    while (content.now[ends - 1] == content.kept[ends - 1])
        --ends;
    if (loss_ == Loss::nothing) content.kept = content.now;
    if (loss_ == Loss::zeros) content.kept.replace(begins, ends - begins, ends - begins, '\0');
    if (loss_ == Loss::torn) {
        const std::size_t half = (ends - begins + 1) / 2;
        content.kept.replace(begins, half, content.now.substr(begins, half));
    }
}

void PowerCutDisk::restore_power() {
    for (const auto& [path, content] : kept_) {
        content->now = content->kept;
        content->in_place = false;
    }
    now_ = kept_;
    unsynced_.clear();
    powered_ = true;
    cut_at(0, Loss::everything);
}

void PowerCutDisk::change(const Change& change) {
    change(now_);
    unsynced_.push_back(change);
}

base::Result<std::string> PowerCutDisk::read(const std::string& path, std::size_t most) {
    if (!powered_) return no_power();
    const auto it = now_.find(path);
    if (it == now_.end()) return base::Error{base::Errc::not_found, path};
    if (it->second->now.size() > most) return base::Error{base::Errc::too_large, path};
    return it->second->now;
}

base::Result<std::unique_ptr<base::FileLayer::File>> PowerCutDisk::create(const std::string& path, unsigned) {
    std::shared_ptr<Content> content;
    if (powered_ && full_ && !now_.contains(path)) return no_room();
    const bool done = operate([&] {
        if (const auto it = now_.find(path); it != now_.end()) {
            content = it->second;
            content->now.clear();
            return;
        }
        content = std::make_shared<Content>();
        change([path, content](Directory& directory) { directory[path] = content; });
    });
    if (!done) return no_power();
    return std::unique_ptr<File>(std::make_unique<Open>(*this, std::move(content), 0));
}

base::Result<std::unique_ptr<base::FileLayer::File>> PowerCutDisk::append(const std::string& path,
                                                                          unsigned mode) {
    const auto it = now_.find(path);
    if (it == now_.end()) return create(path, mode);
    const std::shared_ptr<Content> content = it->second;
    if (!operate([] {})) return no_power();
    return std::unique_ptr<File>(std::make_unique<Open>(*this, content, content->now.size()));
}

base::Result<std::unique_ptr<base::FileLayer::File>> PowerCutDisk::overwrite(const std::string& path,
                                                                             std::size_t offset) {
    if (!powered_) return no_power();
    const auto it = now_.find(path);
    if (it == now_.end()) return base::Error{base::Errc::not_found, path};
    return std::unique_ptr<File>(std::make_unique<Open>(*this, it->second, offset));
}

base::Result<void> PowerCutDisk::rename(const std::string& from, const std::string& to) {
    if (powered_ && !now_.contains(from)) return base::Error{base::Errc::not_found, from};
    const bool done = operate([&] {
        // The content is named here: with an older half of the changes the old name may never have been.
        change([from, to, content = now_.at(from)](Directory& directory) {
            directory.erase(from);
            directory[to] = content;
        });
    });
    return done ? base::Result<void>() : no_power();
}

base::Result<void> PowerCutDisk::link(const std::string& from, const std::string& to) {
    if (powered_ && !now_.contains(from)) return base::Error{base::Errc::not_found, from};
    if (powered_ && now_.contains(to)) return base::Error{base::Errc::already_exists, to};
    const bool done = operate(
        [&] { change([to, content = now_.at(from)](Directory& directory) { directory[to] = content; }); });
    return done ? base::Result<void>() : no_power();
}

base::Result<void> PowerCutDisk::remove(const std::string& path) {
    if (powered_ && !now_.contains(path)) return base::Error{base::Errc::not_found, path};
    const bool done = operate([&] { change([path](Directory& directory) { directory.erase(path); }); });
    return done ? base::Result<void>() : no_power();
}

base::Result<void> PowerCutDisk::sync_directory(const std::string&) {
    const bool done = operate([&] {
        if (lies_.about_directories) return;
        kept_ = now_;
        unsynced_.clear();
    });
    return done ? base::Result<void>() : no_power();
}

}  // namespace firmware
