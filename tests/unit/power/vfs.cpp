#include "vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace power {
namespace {

Disk* current = nullptr;

// An open file; SQLite gives the memory.
struct Open {
    sqlite3_file base;
    Disk::Handle file;
    bool covers_directory;                        // at the next sync
    std::vector<std::unique_ptr<char[]>> shared;  // the WAL's index
};

Open& as_open(sqlite3_file* file) {
    return *reinterpret_cast<Open*>(file);
}

int close_file(sqlite3_file* file) {
    as_open(file).~Open();
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
    const std::string_view bytes = as_open(file).file->bytes();
    const auto wanted = static_cast<std::size_t>(count);
    const std::string_view found =
        bytes.substr(std::min(bytes.size(), static_cast<std::size_t>(offset)), wanted);
    std::memcpy(out, found.data(), found.size());
    if (found.size() == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + found.size(), 0, wanted - found.size());
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
    current->write(as_open(file).file, static_cast<std::size_t>(offset),
                   {static_cast<const char*>(data), static_cast<std::size_t>(count)});
    return SQLITE_OK;
}

int cut_file(sqlite3_file* file, sqlite3_int64 size) {
    current->cut(as_open(file).file, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int /*flags*/) {
    Open& open = as_open(file);
    current->sync(open.file);
    if (std::exchange(open.covers_directory, false)) current->sync_directory();
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(as_open(file).file->bytes().size());
    return SQLITE_OK;
}

int grant(sqlite3_file* /*file*/, int /*lock*/) {
    return SQLITE_OK;
}

int nobody_else(sqlite3_file* /*file*/, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
}

int no_control(sqlite3_file* /*file*/, int /*operation*/, void* /*argument*/) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file* /*file*/) {
    return 4096;
}

int characteristics(sqlite3_file* /*file*/) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    auto& shared = as_open(file).shared;
    const auto index = static_cast<std::size_t>(region);
    *out = nullptr;
    if (index >= shared.size() && extend == 0) return SQLITE_OK;
    while (shared.size() <= index) {
        shared.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    }
    *out = shared[index].get();
    return SQLITE_OK;
}

int lock_shared(sqlite3_file* /*file*/, int /*offset*/, int /*count*/, int /*flags*/) {
    return SQLITE_OK;
}

void shared_barrier(sqlite3_file* /*file*/) {}

int unmap_shared(sqlite3_file* file, int /*remove*/) {
    as_open(file).shared.clear();
    return SQLITE_OK;
}

constexpr sqlite3_io_methods make_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = close_file;
    methods.xRead = read_file;
    methods.xWrite = write_file;
    methods.xTruncate = cut_file;
    methods.xSync = sync_file;
    methods.xFileSize = file_size;
    methods.xLock = grant;
    methods.xUnlock = grant;
    methods.xCheckReservedLock = nobody_else;
    methods.xFileControl = no_control;
    methods.xSectorSize = sector_size;
    methods.xDeviceCharacteristics = characteristics;
    methods.xShmMap = map_shared;
    methods.xShmLock = lock_shared;
    methods.xShmBarrier = shared_barrier;
    methods.xShmUnmap = unmap_shared;
    return methods;
}

constexpr sqlite3_io_methods methods = make_methods();

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* out, int flags, int* out_flags) {
    out->pMethods = nullptr;
    if (name == nullptr) return SQLITE_CANTOPEN;  // a temporary file: those are to be in memory
    Disk::Handle file = current->find(name);
    const bool is_new = file == nullptr;
    if (is_new && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (is_new) file = current->create(name);
    const bool journal =
        (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    // As SQLite's own VFS has it: their first sync covers the directory, also when they were there before.
    const bool covers_directory = journal && (flags & SQLITE_OPEN_CREATE) != 0;
    new (out) Open{{&methods}, std::move(file), covers_directory, {}};
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* name, int sync_directory) {
    if (current->find(name) == nullptr) return SQLITE_IOERR_DELETE_NOENT;
    current->remove(name);
    if (sync_directory != 0) current->sync_directory();
    return SQLITE_OK;
}

int access_file(sqlite3_vfs* /*vfs*/, const char* name, int /*flags*/, int* out) {
    const Disk::Handle file = current->find(name);
    *out = file != nullptr && !file->bytes().empty() ? 1 : 0;
    return SQLITE_OK;
}

int full_name(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
    if (std::strlen(name) >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
}

sqlite3_vfs vfs{};

}  // namespace

Vfs::Vfs(Disk& disk) {
    assert(current == nullptr);
    current = &disk;
    if (vfs.zName == nullptr) {
        vfs = *sqlite3_vfs_find(nullptr);  // its clock, its sleep, its random numbers
        vfs.pNext = nullptr;
        vfs.zName = "power";
        vfs.szOsFile = sizeof(Open);
        vfs.xOpen = open_file;
        vfs.xDelete = delete_file;
        vfs.xAccess = access_file;
        vfs.xFullPathname = full_name;
    }
    const int result = sqlite3_vfs_register(&vfs, 1);
    assert(result == SQLITE_OK);
    (void)result;
}

Vfs::~Vfs() {
    (void)sqlite3_vfs_unregister(&vfs);  // it is registered
    current = nullptr;
}

}  // namespace power
