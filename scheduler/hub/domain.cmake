# The hub without its wires: storage, registry, twins, rights, sessions, calls, queries, and what its jobs need.
add_library(hub STATIC
  authorization.cpp
  cloud_message.cpp
  cloud_to_device.cpp
  commit.cpp
  continuation.cpp
  database.cpp
  database_backup.cpp
  device.cpp
  device_messages.cpp
  device_sessions.cpp
  etag.cpp
  event_log.cpp
  event_recorder.cpp
  events.cpp
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
  telemetry.cpp
  tracking.cpp
  twin_filter.cpp
  twin_indexes.cpp
  twin_path.cpp
  twin_sections.cpp
  twin_store.cpp)
target_link_libraries(hub PUBLIC doorlock_options base protocol query jobs PRIVATE SQLite::SQLite3)
