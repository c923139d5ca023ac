# A room of the house: one static library per folder of src/, on one floor.
#
#   crossguard_module(intake FLOOR 4 DEPS model register vault custody SOURCES a.cc b.cc LIBS PkgConfig::XML)
#
# A module may depend on lower floors only; anything else stops the configure step with a sentence.
# tests/tidy checks that the #include lines tell the same story.

include(cmake/precompiled.cmake)

function(crossguard_module name)
  cmake_parse_arguments(M "" "FLOOR" "DEPS;SOURCES;LIBS" ${ARGN})
  if(NOT DEFINED M_FLOOR)
    message(FATAL_ERROR "Module '${name}' must say its FLOOR.")
  endif()
  set_property(GLOBAL PROPERTY crossguard_floor_${name} ${M_FLOOR})
  set_property(GLOBAL APPEND PROPERTY crossguard_modules ${name})
  string(REPLACE ";" " " deps_text "${M_DEPS}")
  set_property(GLOBAL APPEND_STRING PROPERTY crossguard_house "${name} ${M_FLOOR} ${deps_text}\n")
  foreach(dep IN LISTS M_DEPS)
    get_property(dep_floor GLOBAL PROPERTY crossguard_floor_${dep})
    if(dep_floor STREQUAL "")
      message(FATAL_ERROR "Module '${name}' depends on '${dep}', which is not declared before it.")
    endif()
    if(NOT dep_floor LESS M_FLOOR)
      message(FATAL_ERROR
        "Module '${name}' (floor ${M_FLOOR}) may not depend on '${dep}' (floor ${dep_floor}): "
        "a module includes lower floors only. What passes between them is a noun: put it in model/.")
    endif()
  endforeach()
  if(M_SOURCES)
    add_library(crossguard_${name} STATIC ${M_SOURCES})
    target_link_libraries(crossguard_${name} PUBLIC crossguard_flags)
    crossguard_precompiled(crossguard_${name} crossguard_precompiled_room)
    set(scope PUBLIC)
  else()
    add_library(crossguard_${name} INTERFACE)
    target_link_libraries(crossguard_${name} INTERFACE crossguard_flags)
    set(scope INTERFACE)
  endif()
  target_include_directories(crossguard_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  foreach(dep IN LISTS M_DEPS)
    target_link_libraries(crossguard_${name} ${scope} crossguard_${dep})
  endforeach()
  target_link_libraries(crossguard_${name} ${scope} ${M_LIBS})
endfunction()

# crossguard_test(base SOURCES a_test.cc b_test.cc [LIBS ...] [DEPS other modules] [PLAIN]): one GoogleTest program per module.
# `./dev test` runs each under the sanitizers; PLAIN says that the plain build has something of its own to show there, so it runs
# in both (crossguard_plain below). THREADS says that it starts threads, so `./dev tsan` runs it (crossguard_threads below).
# Each gets a temporary folder of its own (tests/own_folder.cc).
if(CROSSGUARD_TESTS)
  add_library(crossguard_own_folder OBJECT ${CMAKE_SOURCE_DIR}/tests/own_folder.cc)
  target_link_libraries(crossguard_own_folder PRIVATE crossguard_flags GTest::gtest)
endif()
function(crossguard_test name)
  cmake_parse_arguments(T "PLAIN;THREADS" "" "SOURCES;LIBS;DEPS" ${ARGN})
  if(NOT CROSSGUARD_TESTS)
    return()
  endif()
  add_executable(${name}_test ${T_SOURCES} $<TARGET_OBJECTS:crossguard_own_folder>)
  target_link_libraries(${name}_test PRIVATE crossguard_${name} GTest::gtest GTest::gmock GTest::gtest_main ${T_LIBS})
  foreach(dep IN LISTS T_DEPS)
    target_link_libraries(${name}_test PRIVATE crossguard_${dep})
  endforeach()
  target_compile_options(${name}_test PRIVATE ${CROSSGUARD_TEST_CODE_OPTIONS})
  crossguard_precompiled(${name}_test crossguard_precompiled_test)
  target_compile_definitions(${name}_test PRIVATE CROSSGUARD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    CROSSGUARD_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 1800)
  if(T_PLAIN)
    crossguard_plain(${name} TARGETS ${name}_test)
  endif()
  if(T_THREADS)
    crossguard_threads(${name} TARGETS ${name}_test)
  endif()
endfunction()

# crossguard_threads(server TARGETS server_test): a test that `./dev tsan` runs, with what must be built for it.
add_custom_target(threads)
function(crossguard_threads test)
  cmake_parse_arguments(P "" "" "TARGETS" ${ARGN})
  set_property(TEST ${test} APPEND PROPERTY LABELS threads)
  add_dependencies(threads ${P_TARGETS})
endfunction()

# crossguard_plain(growth TARGETS growth_test COST 60): a test that `./dev test` runs in the plain build, with what must be built for
# it. COST: about how many seconds; the long ones start first.
add_custom_target(plain)
function(crossguard_plain test)
  cmake_parse_arguments(P "" "COST" "TARGETS" ${ARGN})
  set_tests_properties(${test} PROPERTIES LABELS plain)
  if(P_COST)
    set_tests_properties(${test} PROPERTIES COST ${P_COST})
  endif()
  if(P_TARGETS)
    add_dependencies(plain ${P_TARGETS})
  endif()
endfunction()

# crossguard_fuzz(intake_xml MODULE intake SOURCE xml_fuzz.cc): a libFuzzer body. With the fuzz preset (clang) it becomes a
# fuzzer; in every other build fuzz/replay_main.cc replays its corpus (fuzz/corpus/<name>/) plus seeded mutations as a test.
add_custom_target(fuzz_bodies)
function(crossguard_fuzz name)
  cmake_parse_arguments(F "" "MODULE;SOURCE" "LIBS" ${ARGN})
  if(CROSSGUARD_FUZZ)
    add_executable(fuzz_${name} ${F_SOURCE})
    target_link_libraries(fuzz_${name} PRIVATE crossguard_${F_MODULE} ${F_LIBS})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_bodies fuzz_${name})
  elseif(CROSSGUARD_TESTS)
    add_executable(replay_${name} ${F_SOURCE} ${CMAKE_SOURCE_DIR}/fuzz/replay_main.cc)
    target_link_libraries(replay_${name} PRIVATE crossguard_${F_MODULE} ${F_LIBS})
    add_test(NAME replay_${name} COMMAND replay_${name} ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
    set_tests_properties(replay_${name} PROPERTIES TIMEOUT 1200)
  endif()
endfunction()
