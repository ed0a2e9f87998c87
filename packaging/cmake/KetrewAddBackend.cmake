# How a backend is built, here and in projects of other people (it is part of the installed package):
#
#   ketrew_add_backend(NAME
#     SOURCES a.cpp b.cpp ...       one of them has the line KETREW_BACKEND(Class, "NAME", "1.0")
#     [PACKAGE backend.yaml]        the manifest (default: backend.yaml beside the CMakeLists.txt)
#     [LINK target...]              libraries of its own
#     [EXTRA file...]               more files for its folder
#     [REQUIRES NAME...]            backends it builds on, for STATIC: they are linked in as well
#     [STATIC])                     a program that needs no dynamic loading, not a module
#
# A module becomes lib/ketrew/backends/NAME/NAME.so beside its manifest; a STATIC program
# lib/ketrew/backends/NAME_static/NAME_static: list it in a profile with `exec:`. The objects are
# compiled once for both (target backend_NAME_objects); give SOURCES in the first call.

if(NOT KETREW_SDK_TARGET)  # the installed package says Ketrew::sdk
  set(KETREW_SDK_TARGET ketrew_sdk)
  set(KETREW_BACKEND_HOST_TARGET ketrew_backend_host_main)
endif()

function(ketrew_backend_objects name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(backend_${name}_objects OBJECT ${ARG_SOURCES})
  set_target_properties(backend_${name}_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # A name of its own for the descriptor: several backends can then be linked into one program.
  target_compile_definitions(backend_${name}_objects PRIVATE
    KETREW_BACKEND_SYMBOL=ketrew_backend_${name})
  target_link_libraries(backend_${name}_objects PUBLIC ${KETREW_SDK_TARGET} ${ARG_LINK})
  if(COMMAND ketrew_own)
    ketrew_own(backend_${name}_objects)
  endif()
endfunction()

function(ketrew_backend_place name folder out_build out_install)
  if(DEFINED KETREW_BACKENDS_DIR)
    set(${out_build} ${KETREW_BACKENDS_DIR}/${folder} PARENT_SCOPE)
  else()
    set(${out_build} ${CMAKE_BINARY_DIR}/lib/ketrew/backends/${folder} PARENT_SCOPE)
  endif()
  # Not CMAKE_INSTALL_LIBDIR: the daemon looks at one place, whatever the machine calls its libraries.
  set(${out_install} lib/ketrew/backends/${folder} PARENT_SCOPE)
endfunction()

function(ketrew_add_backend name)
  cmake_parse_arguments(ARG "STATIC" "PACKAGE" "SOURCES;LINK;EXTRA;REQUIRES" ${ARGN})
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "ketrew_add_backend: '${name}' is not [a-z][a-z0-9_]*")
  endif()
  if(NOT TARGET backend_${name}_objects)
    if(NOT ARG_SOURCES)
      message(FATAL_ERROR "ketrew_add_backend(${name}): no SOURCES")
    endif()
    ketrew_backend_objects(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
  endif()

  if(ARG_STATIC)
    ketrew_backend_place(${name} ${name}_static build_dir install_dir)
    # What the host's main reads: the required backends first, this one last.
    set(table "#include <ketrew/backend.h>\n")
    set(entries "")
    foreach(part ${ARG_REQUIRES} ${name})
      string(APPEND table "extern const ketrew_backend_descriptor ketrew_backend_${part};\n")
      string(APPEND entries "&ketrew_backend_${part}, ")
    endforeach()
    string(APPEND table
      "extern const ketrew_backend_descriptor* const ketrew_static_backends[];\n"
      "const ketrew_backend_descriptor* const ketrew_static_backends[] = {${entries}NULL};\n")
    file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}_static.c CONTENT "${table}")
    add_executable(backend_${name}_static ${CMAKE_CURRENT_BINARY_DIR}/${name}_static.c)
    target_compile_definitions(backend_${name}_static PRIVATE KETREW_BACKEND_SYMBOL=ketrew_backend_unused)
    set_target_properties(backend_${name}_static PROPERTIES
      OUTPUT_NAME ${name}_static RUNTIME_OUTPUT_DIRECTORY ${build_dir} LINKER_LANGUAGE CXX)
    target_link_libraries(backend_${name}_static PRIVATE ${KETREW_BACKEND_HOST_TARGET})
    foreach(part ${ARG_REQUIRES} ${name})
      target_link_libraries(backend_${name}_static PRIVATE backend_${part}_objects)
    endforeach()
    install(TARGETS backend_${name}_static RUNTIME DESTINATION ${install_dir} COMPONENT backends)
    return()
  endif()

  ketrew_backend_place(${name} ${name} build_dir install_dir)
  if(NOT ARG_PACKAGE)
    set(ARG_PACKAGE backend.yaml)
  endif()
  get_filename_component(manifest ${ARG_PACKAGE} ABSOLUTE)
  add_library(backend_${name} MODULE)
  target_link_libraries(backend_${name} PRIVATE backend_${name}_objects)
  set_target_properties(backend_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX .so LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY ${build_dir})
  # Exactly one symbol leaves the module: libraries of two modules in one process stay apart.
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.map
       CONTENT "{ global: ketrew_backend; local: *; };\n")
  target_link_options(backend_${name} PRIVATE
    -Wl,--defsym=ketrew_backend=ketrew_backend_${name}
    -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/${name}.map)
  # What is linked in part fails here, not in the daemon. Clang alone leaves the functions of its
  # sanitizers to the program that loads the module.
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_DEBUG}" MATCHES "-fsanitize"))
    target_link_options(backend_${name} PRIVATE -Wl,-z,defs)
  endif()
  foreach(file ${manifest} ${ARG_EXTRA})
    get_filename_component(file ${file} ABSOLUTE)
    get_filename_component(file_name ${file} NAME)
    add_custom_command(TARGET backend_${name} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E copy_if_different ${file} ${build_dir}/${file_name})
    install(FILES ${file} DESTINATION ${install_dir} COMPONENT backends)
  endforeach()
  install(TARGETS backend_${name} LIBRARY DESTINATION ${install_dir} COMPONENT backends)
endfunction()
