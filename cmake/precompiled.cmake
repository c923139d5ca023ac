# The headers that nearly every file reads, parsed once for the rooms and once for the tests. A file must still name each header
# that it uses.
set(CROSSGUARD_PRECOMPILED_HEADERS
  <algorithm> <array> <charconv> <chrono> <cstdint> <cstring> <filesystem> <fstream> <functional> <map> <memory> <optional> <set> <span>
  <sstream> <string> <string_view> <tuple> <unordered_map> <utility> <variant> <vector>
  <base/json.h>)

function(crossguard_precompiled_holder name)
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cc "// Holds precompiled headers.\n")
  add_library(${name} STATIC ${CMAKE_BINARY_DIR}/${name}.cc)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE crossguard_flags ${ARGN})
  target_precompile_headers(${name} PRIVATE ${CROSSGUARD_PRECOMPILED_HEADERS})
endfunction()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  crossguard_precompiled_holder(crossguard_precompiled_room)
  if(CROSSGUARD_TESTS)
    crossguard_precompiled_holder(crossguard_precompiled_test GTest::gtest GTest::gmock)
    target_precompile_headers(crossguard_precompiled_test PRIVATE <gtest/gtest.h> <gmock/gmock.h>)
    target_compile_options(crossguard_precompiled_test PRIVATE ${CROSSGUARD_TEST_CODE_OPTIONS})
  endif()
endif()

function(crossguard_precompiled target holder)
  if(TARGET ${holder})
    target_precompile_headers(${target} REUSE_FROM ${holder})
  endif()
endfunction()
