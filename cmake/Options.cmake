# One INTERFACE target that every target of the project links: language level, warnings as errors, hardening,
# and the sanitizers of the build at hand.
add_library(doorlock_options INTERFACE)
target_compile_features(doorlock_options INTERFACE cxx_std_20)
target_include_directories(doorlock_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(doorlock_options INTERFACE DOORLOCK_VERSION="${PROJECT_VERSION}")
target_compile_options(doorlock_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -fstack-protector-strong -fno-omit-frame-pointer)
target_link_options(doorlock_options INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(doorlock_options INTERFACE -Wno-restrict)  # GCC bug 105651: "literal" + std::string
endif()

# assert() states what cannot happen in a correct program. A door must stop rather than go on from there, so
# release builds keep it.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # -O3 makes the programs larger and no faster
foreach(lang C CXX)
  foreach(config RELEASE RELWITHDEBINFO MINSIZEREL)
    string(REPLACE "-DNDEBUG" "" CMAKE_${lang}_FLAGS_${config} "${CMAKE_${lang}_FLAGS_${config}}")
  endforeach()
endforeach()

if(DOORLOCK_SANITIZE)
  target_compile_options(doorlock_options INTERFACE -fsanitize=${DOORLOCK_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(doorlock_options INTERFACE -fsanitize=${DOORLOCK_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The instrumentation hides from GCC 12 what is initialised (bug 105562, std::regex), and it notes fences that
    # ThreadSanitizer cannot follow.
    target_compile_options(doorlock_options INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
else()
  target_compile_definitions(doorlock_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
