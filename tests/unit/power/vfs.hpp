#pragma once

#include "disk.hpp"

namespace power {

// While it lives, SQLite keeps its files on this disk, in this whole process. For one connection at a time:
// locks are granted, and what WAL shares between processes belongs to the connection.
//
// It promises what SQLite's own layer for Linux promises: a write harms no byte beside it, and a directory is
// synced with the first sync of a journal or WAL that might be created.
class Vfs {
  public:
    explicit Vfs(Disk& disk);
    ~Vfs();
    Vfs(const Vfs&) = delete;
    Vfs& operator=(const Vfs&) = delete;
};

}  // namespace power
