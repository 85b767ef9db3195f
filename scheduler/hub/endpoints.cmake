# What the domain is reached by: MQTT for devices, HTTP for services, and the program itself.
add_library(hub_endpoints STATIC
  admin_commands.cpp admin_socket.cpp answers.cpp audit_trail.cpp console.cpp domain.cpp event_stream.cpp first_start.cpp handshake_pool.cpp hub.cpp install_snippet.cpp metrics.cpp mqtt_connection.cpp mqtt_endpoint.cpp
  mqtt_listener.cpp mqtt_session.cpp mqtt_web_socket.cpp process_figures.cpp program.cpp publish_window.cpp refusal_log.cpp refusal_pace.cpp router.cpp routes_audit.cpp routes_bulk.cpp routes_devices.cpp routes_events.cpp routes_health.cpp
  routes_jobs.cpp routes_lockhub.cpp routes_messages.cpp routes_twins.cpp service_api.cpp settings.cpp
  tls_socket.cpp turn.cpp)
target_link_libraries(hub_endpoints
  PUBLIC doorlock_options base hub http jobs protocol
  PRIVATE hub_certificates OpenSSL::SSL)

add_executable(lockhub main.cpp)
target_link_libraries(lockhub PRIVATE hub_endpoints CLI11::CLI11)
