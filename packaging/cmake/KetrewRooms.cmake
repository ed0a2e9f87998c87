# What every room's CMakeLists.txt uses.
#
#   ketrew_room(NAME DEPENDS target...)      the static library ketrew_NAME from this folder's *.cpp
#   ketrew_unit_test(NAME DEPENDS target...) the GoogleTest program unit_NAME from this folder's *.cpp
#
# Warnings are errors in our own builds; users of the installed package are not held to that.

find_package(Threads REQUIRED)  # ketrew_own needs it in every folder

set(KETREW_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
    -Wold-style-cast -Woverloaded-virtual -Wswitch-enum -Werror
    -Wno-restrict)  # GCC 12 sees overlap in std::string operator+ where there is none (PR 105329)
set(KETREW_C_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Werror)

if(KETREW_FUZZ)  # with clang: GCC's builds are those that must not warn
  set(KETREW_WARNINGS -w)
  set(KETREW_C_WARNINGS -w)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(KETREW_SANITIZE)
  add_compile_options(-fsanitize=${KETREW_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${KETREW_SANITIZE})
endif()

function(ketrew_own target)
  cmake_parse_arguments(ARG "" "PCH" "" ${ARGN})
  if(NOT ARG_PCH)
    set(ARG_PCH ketrew_pch)
  endif()
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:${KETREW_WARNINGS}> $<$<COMPILE_LANGUAGE:C>:${KETREW_C_WARNINGS}>)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    # As the libraries: the precompiled header is made once, with -fPIC.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  get_target_property(has_cxx ${target} SOURCES)
  if(has_cxx MATCHES "\\.cpp")
    target_precompile_headers(${target} REUSE_FROM ${ARG_PCH})
    # GCC records -pthread in the precompiled header: every user of it has to say it too.
    target_link_libraries(${target} PRIVATE Threads::Threads)
  endif()
endfunction()

# A program of GoogleTests. Not optimised: its code runs once, and compiling it is what takes time.
function(ketrew_own_tests target)
  ketrew_own(${target} PCH ketrew_test_pch)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-O0>)
endfunction()

function(ketrew_room name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/pch\\.cpp$")
  add_library(ketrew_${name} STATIC ${sources})
  target_include_directories(ketrew_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(ketrew_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
  ketrew_own(ketrew_${name})
endfunction()

function(ketrew_unit_test name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(unit_${name} ${sources})
  target_link_libraries(unit_${name} PRIVATE ${ARG_DEPENDS} GTest::gtest_main)
  ketrew_own_tests(unit_${name})
  # One ctest entry per program: the sanitizer builds would spend minutes on start-up otherwise.
  add_test(NAME unit.${name} COMMAND unit_${name})
  set(bound 300)
  if(KETREW_SANITIZE)
    set(bound 1200)
  endif()
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT ${bound})
endfunction()
