# Every outside library, found in one place. All are Debian packages; nothing is fetched by the build.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)

if(DOORLOCK_FIRMWARE)
  find_package(eclipse-paho-mqtt-c REQUIRED)
  pkg_check_modules(GPIOD REQUIRED IMPORTED_TARGET libgpiod)
endif()

if(DOORLOCK_HOST)
  find_package(Boost 1.81 REQUIRED)  # headers of Asio and Beast
  find_package(SQLite3 3.40 REQUIRED)
  find_package(CLI11 2.1 REQUIRED)
endif()

if(DOORLOCK_TESTS)
  find_package(GTest REQUIRED)
endif()
if(DOORLOCK_BENCH)
  find_package(benchmark REQUIRED)
endif()
