# The hub without its wires: storage, registry, twins, rights, sessions, calls, queries, and what its jobs need.
add_library(hub STATIC
  authorization.cpp
  commit.cpp
  continuation.cpp
  database.cpp
  device.cpp
  device_sessions.cpp
  etag.cpp
  fault.cpp
  file_lock.cpp
  job_gateway.cpp
  job_store.cpp
  method_calls.cpp
  method_request.cpp
  object_text.cpp
  policies.cpp
  query_service.cpp
  random.cpp
  registry.cpp
  schema.cpp
  session_store.cpp
  statement.cpp
  tracking.cpp
  twin_filter.cpp
  twin_store.cpp)
target_link_libraries(hub PUBLIC doorlock_options base protocol query jobs PRIVATE SQLite::SQLite3)
