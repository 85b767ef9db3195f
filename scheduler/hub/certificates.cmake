# Certificates stand apart from the rest of hub: they need OpenSSL's libraries and base, nothing else.
add_library(hub_certificates STATIC
  ${CMAKE_CURRENT_LIST_DIR}/certificates.cpp ${CMAKE_CURRENT_LIST_DIR}/device_authorities.cpp
  ${CMAKE_CURRENT_LIST_DIR}/device_trust.cpp ${CMAKE_CURRENT_LIST_DIR}/x509.cpp)
target_link_libraries(hub_certificates PUBLIC doorlock_options base PRIVATE OpenSSL::SSL)
