doorlock_unit_test(hub_tests LIBRARIES hub SOURCES
  ${CMAKE_CURRENT_LIST_DIR}/authorization_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/compatibility_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/cloud_to_device_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/database_backup_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/database_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/device_sessions_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/job_gateway_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/job_store_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/method_calls_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/modules_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/policies_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/query_service_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/registry_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schema_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/twin_indexes_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/twin_store_test.cpp)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/schema_test.cpp PROPERTIES
  COMPILE_DEFINITIONS DOORLOCK_OLD_SCHEMAS="${CMAKE_CURRENT_LIST_DIR}/old_schemas")
