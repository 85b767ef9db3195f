doorlock_unit_test(hub_certificates_tests LIBRARIES hub_certificates OpenSSL::Crypto
                   SOURCES ${CMAKE_CURRENT_LIST_DIR}/certificates_test.cpp
                           ${CMAKE_CURRENT_LIST_DIR}/device_trust_test.cpp)
