# Read by cpack, when the programs have been built: one line for each package, "doorlockd: libc6 (>= 2.36), …".
file(STRINGS ${CPACK_DOORLOCK_DEPENDS_FILE} lines)
foreach(line ${lines})
  if(line MATCHES "^([a-z]+): (.+)$")
    string(TOUPPER ${CMAKE_MATCH_1} component)
    set(CPACK_DEBIAN_${component}_PACKAGE_DEPENDS "${CMAKE_MATCH_2}")
  endif()
endforeach()
