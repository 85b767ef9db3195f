# Builds for a Raspberry Pi on Debian: presets pi64 and pi32. Compilers are Debian's own cross compilers; headers and
# libraries are those of the target's suite, in a directory made by toolchain/sysroot. toolchain/README.md tells what
# runs on which Pi, and why this and that stands here.
set(CMAKE_SYSTEM_NAME Linux)
set(DOORLOCK_ARCH "arm64" CACHE STRING "arm64, or armhf for a Pi 2 and later with a 32-bit system")
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
  set(doorlock_qemu qemu-aarch64-static)
elseif(DOORLOCK_ARCH STREQUAL "armhf")
  set(CMAKE_SYSTEM_PROCESSOR armv7l)
  set(doorlock_triplet arm-linux-gnueabihf)
  set(doorlock_qemu qemu-arm-static)
  if(DOORLOCK_SUITE STREQUAL "trixie")
    # Debian 13's 32-bit ARM has a 64-bit time_t; with the compiler's own default, times would be garbage in every call
    # that hands one to a library.
    add_compile_definitions(_TIME_BITS=64 _FILE_OFFSET_BITS=64)
  endif()
else()
  message(FATAL_ERROR "DOORLOCK_ARCH='${DOORLOCK_ARCH}' must be arm64 or armhf")
endif()

set(CMAKE_C_COMPILER ${doorlock_triplet}-gcc)
set(CMAKE_CXX_COMPILER ${doorlock_triplet}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${doorlock_triplet})  # where find_package looks for lib/<triplet>/cmake
set(CMAKE_SYSROOT ${DOORLOCK_SYSROOT})
# The cross compiler brings glibc 2.36, whatever the sysroot holds. Libraries of a newer suite want symbols that it lacks;
# the target's own glibc has them when the program starts.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--allow-shlib-undefined")
# CTest starts the tests with this.
set(CMAKE_CROSSCOMPILING_EMULATOR ${doorlock_qemu} -L ${DOORLOCK_SYSROOT})

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${DOORLOCK_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${DOORLOCK_SYSROOT}/usr/lib/${doorlock_triplet}/pkgconfig:${DOORLOCK_SYSROOT}/usr/share/pkgconfig)
