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

# doorlock_build_small(target…): for what runs on a Pi. A door waits most of its life; what counts there is memory, and the
# code of a program is private memory, for nobody else maps it. A program among the targets is optimised as a whole when it
# is linked; every other one takes the ordinary code out of the same archives.
set(doorlock_gcc_release $<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>)
function(doorlock_build_small)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>
      $<${doorlock_gcc_release}:-flto=auto> $<${doorlock_gcc_release}:-ffat-lto-objects>)
    set_target_properties(${target} PROPERTIES doorlock_whole ON)
  endforeach()
endfunction()
target_link_options(doorlock_options INTERFACE
  $<${doorlock_gcc_release}:$<IF:$<BOOL:$<TARGET_PROPERTY:doorlock_whole>>,-flto=auto,-fno-lto>>)

# What nobody calls is left out of the release programs.
target_compile_options(doorlock_options INTERFACE $<$<CONFIG:Release>:-ffunction-sections -fdata-sections>)
target_link_options(doorlock_options INTERFACE $<$<CONFIG:Release>:-Wl,--gc-sections>)

# Wherever a package is built, the same program comes out: assert() names its file from the top of the source.
if(DOORLOCK_PACKAGES)
  target_compile_options(doorlock_options INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
