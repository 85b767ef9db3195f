# Writes the files of console/ as one C++ source: cmake -DOUTPUT=… -DDIRECTORY=… "-DFILES=a;b" -P EmbedConsole.cmake.
# No program beside CMake takes part, so that whoever can build lockhub gets its console too.
set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")

set(arrays "")
set(table "")
set(index 0)
foreach(name IN LISTS FILES)
  file(READ ${DIRECTORY}/${name} bytes HEX)
  file(SHA256 ${DIRECTORY}/${name} digest)
  string(SUBSTRING ${digest} 0 16 tag)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX MATCH "[a-z]+$" extension ${name})
  if(NOT DEFINED types_${extension})
    message(FATAL_ERROR "console/${name}: there is no content type for .${extension} in EmbedConsole.cmake")
  endif()
  string(APPEND arrays "constexpr unsigned char file_${index}[] = {${bytes}0};\n")
  string(APPEND table
    "    {\"${name}\", \"${types_${extension}}\", \"\\\"${tag}\\\"\", text(file_${index}, sizeof file_${index} - 1)},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUTPUT}
"// Made by EmbedConsole.cmake out of console/.
#include \"scheduler/hub/console_files.hpp\"

#include <array>
#include <cstddef>

namespace hub {
namespace {

${arrays}
std::string_view text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::span<const ConsoleFile> console_files() {
    static const std::array<ConsoleFile, ${index}> files{{
${table}    }};
    return files;
}

}  // namespace hub
")
