# Installs what a backend's author needs, as the CMake package Ketrew (component `sdk`):
# include/ketrew (with <ketrew/backend.h> and the headers under the paths they have here),
# lib/ketrew/sdk (static libraries), lib/cmake/Ketrew.
include(CMakePackageConfigHelpers)

set(sdk_rooms base model protocol host)
foreach(room ${sdk_rooms})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/${room} DESTINATION include/ketrew/core
    COMPONENT sdk FILES_MATCHING PATTERN "*.hpp"
    PATTERN pch.hpp EXCLUDE PATTERN fields.hpp EXCLUDE PATTERN entries.hpp EXCLUDE)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/backends/sdk DESTINATION include/ketrew/backends
  COMPONENT sdk FILES_MATCHING PATTERN "*.hpp" PATTERN template EXCLUDE PATTERN ketrew EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/backends/sdk/ketrew/ DESTINATION include/ketrew
  COMPONENT sdk FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/backends/sdk/template DESTINATION share/ketrew
  COMPONENT sdk)

foreach(part ${sdk_rooms} sdk backend_host backend_host_main)
  set_target_properties(ketrew_${part} PROPERTIES EXPORT_NAME ${part})
  target_include_directories(ketrew_${part} INTERFACE
    $<INSTALL_INTERFACE:include> $<INSTALL_INTERFACE:include/ketrew>)
  install(TARGETS ketrew_${part} EXPORT KetrewTargets
    ARCHIVE DESTINATION lib/ketrew/sdk COMPONENT sdk)
endforeach()
install(EXPORT KetrewTargets NAMESPACE Ketrew:: DESTINATION lib/cmake/Ketrew COMPONENT sdk)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/KetrewConfig.cmake.in
  ${PROJECT_BINARY_DIR}/KetrewConfig.cmake INSTALL_DESTINATION lib/cmake/Ketrew)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/KetrewConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/KetrewConfig.cmake
  ${PROJECT_BINARY_DIR}/KetrewConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/KetrewAddBackend.cmake
  DESTINATION lib/cmake/Ketrew COMPONENT sdk)
