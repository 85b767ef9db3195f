#pragma once

namespace base {

// Keeps the memory of this process, in which keys stand, to itself: no core file is written of it, none is
// handed to a collector of cores, and no other process of its user may read it (prctl(2) PR_SET_DUMPABLE,
// core(5)). For the beginning of a program.
void keep_memory_private();

}  // namespace base
