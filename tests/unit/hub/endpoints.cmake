doorlock_unit_test(hub_endpoints_tests LIBRARIES hub_endpoints SOURCES
  ${CMAKE_CURRENT_LIST_DIR}/admin_commands_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/audit_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/authorization_table_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/console_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/deadlines_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/events_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/routes_lockhub_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/first_start_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/mqtt_session_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/refusal_log_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/refusal_pace_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/routes_modules_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/routes_test.cpp)
