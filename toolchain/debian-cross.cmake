# Builds for a Raspberry Pi on Debian: presets pi64 and pi32; and for a PC with another Debian than the one that builds
# (scripts/package amd64 trixie). Compilers are Debian's own cross compilers, or its own; headers and
# libraries are those of the target's suite, in a directory made by toolchain/sysroot. toolchain/README.md tells what
# runs on which Pi, and why this and that stands here.
set(CMAKE_SYSTEM_NAME Linux)
set(DOORLOCK_ARCH "arm64" CACHE STRING "arm64, armhf for a Pi 2 and later with a 32-bit system, or amd64")
set(DOORLOCK_SUITE "bookworm" CACHE STRING "bookworm (Debian 12) or trixie (Debian 13)")
set(DOORLOCK_SYSROOT "" CACHE PATH "made by toolchain/sysroot SUITE ARCH DIR")
# What CMake tries out at configuration is compiled for the same target.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES DOORLOCK_ARCH DOORLOCK_SUITE DOORLOCK_SYSROOT)

if(NOT EXISTS "${DOORLOCK_SYSROOT}/usr/include")
  message(FATAL_ERROR "DOORLOCK_SYSROOT='${DOORLOCK_SYSROOT}' holds no system; make one: "
                      "toolchain/sysroot ${DOORLOCK_SUITE} ${DOORLOCK_ARCH} DIR")
endif()

if(DOORLOCK_ARCH STREQUAL "arm64")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(doorlock_triplet aarch64-linux-gnu)
  set(doorlock_emulator qemu-aarch64-static -L ${DOORLOCK_SYSROOT})
elseif(DOORLOCK_ARCH STREQUAL "armhf")
  set(CMAKE_SYSTEM_PROCESSOR armv7l)
  set(doorlock_triplet arm-linux-gnueabihf)
  set(doorlock_emulator qemu-arm-static -L ${DOORLOCK_SYSROOT})
  if(DOORLOCK_SUITE STREQUAL "trixie")
    # Debian 13's 32-bit ARM has a 64-bit time_t; with the compiler's own default, times would be garbage in every call
    # that hands one to a library.
    add_compile_definitions(_TIME_BITS=64 _FILE_OFFSET_BITS=64)
  endif()
elseif(DOORLOCK_ARCH STREQUAL "amd64")
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
  set(doorlock_triplet x86_64-linux-gnu)
  # The processor is at hand; the loader and the libraries are the other system's.
  set(doorlock_libraries ${DOORLOCK_SYSROOT}/usr/lib/x86_64-linux-gnu)
  set(doorlock_emulator ${doorlock_libraries}/ld-linux-x86-64.so.2 --library-path ${doorlock_libraries})
else()
  message(FATAL_ERROR "DOORLOCK_ARCH='${DOORLOCK_ARCH}' must be arm64, armhf or amd64")
endif()

set(CMAKE_C_COMPILER ${doorlock_triplet}-gcc)
set(CMAKE_CXX_COMPILER ${doorlock_triplet}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${doorlock_triplet})  # where find_package looks for lib/<triplet>/cmake
set(CMAKE_SYSROOT ${DOORLOCK_SYSROOT})
# The cross compiler brings glibc 2.36, whatever the sysroot holds. Libraries of a newer suite want symbols that it lacks;
# the target's own glibc has them when the program starts.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--allow-shlib-undefined")
if(DOORLOCK_ARCH STREQUAL "amd64")
  # A compiler of the machine's own looks for libraries on the machine first, whatever the sysroot.
  string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -B${doorlock_libraries} -L${doorlock_libraries}")
endif()
# CTest starts the tests with this.
set(CMAKE_CROSSCOMPILING_EMULATOR ${doorlock_emulator})

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${DOORLOCK_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${DOORLOCK_SYSROOT}/usr/lib/${doorlock_triplet}/pkgconfig:${DOORLOCK_SYSROOT}/usr/share/pkgconfig)
