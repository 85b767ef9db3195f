# The web console's files, inside the program: what is added to console/ is served after the next build.
file(GLOB console_files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/console
     ${PROJECT_SOURCE_DIR}/console/*.html ${PROJECT_SOURCE_DIR}/console/*.css
     ${PROJECT_SOURCE_DIR}/console/*.js ${PROJECT_SOURCE_DIR}/console/*.svg)
set(console_source ${CMAKE_CURRENT_BINARY_DIR}/console_files.cpp)
set(embed_console ${PROJECT_SOURCE_DIR}/cmake/EmbedConsole.cmake)
set(console_paths ${console_files})
list(TRANSFORM console_paths PREPEND ${PROJECT_SOURCE_DIR}/console/)
add_custom_command(
  OUTPUT ${console_source}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${console_source} -DDIRECTORY=${PROJECT_SOURCE_DIR}/console
          "-DFILES=${console_files}" -P ${embed_console}
  DEPENDS ${console_paths} ${embed_console}
  COMMENT "Embedding the web console"
  VERBATIM)
add_library(hub_console_files STATIC ${console_source})
target_link_libraries(hub_console_files PUBLIC doorlock_options)
target_link_libraries(hub_endpoints PRIVATE hub_console_files)
