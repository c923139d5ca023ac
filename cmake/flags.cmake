# Warnings are errors; the hardening set is the OpenSSF guide's, each flag tested against the compiler at hand.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

add_library(crossguard_flags INTERFACE)
target_compile_features(crossguard_flags INTERFACE cxx_std_23)
target_compile_options(crossguard_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wno-missing-field-initializers -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
# With sanitizers or more optimisation g++ 12 sees conversions and overruns that are not there; the plain build (dev) judges the
# warnings, and nobody who only wants to run it is stopped by one.
if(CROSSGUARD_WERROR AND NOT CROSSGUARD_SANITIZE)
  target_compile_options(crossguard_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overruns in std::string, std::vector and std::array where there are none; ASan judges the same code in every test run.
  target_compile_options(crossguard_flags INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict
    -fpch-preprocess)  # the last: so that ccache can tell one set of precompiled headers from another
else()
  target_compile_options(crossguard_flags INTERFACE -Wno-gnu-statement-expression-from-macro-expansion -Wno-unknown-warning-option)
endif()

if(CROSSGUARD_HARDEN)
  foreach(flag IN ITEMS -fstack-clash-protection -fstack-protector-strong -fcf-protection=full
          -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
          -Wtrampolines -Wbidi-chars=any -fstrict-flex-arrays=3)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
    check_cxx_compiler_flag(${flag} ${have})
    if(${have})
      target_compile_options(crossguard_flags INTERFACE ${flag})
    endif()
  endforeach()
  target_compile_definitions(crossguard_flags INTERFACE _GLIBCXX_ASSERTIONS)
  target_compile_options(crossguard_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  target_link_options(crossguard_flags INTERFACE -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  include(CheckPIESupported)
  check_pie_supported()
endif()

if(CROSSGUARD_SANITIZE)
  target_compile_definitions(crossguard_flags INTERFACE _GLIBCXX_ASSERTIONS)
  target_compile_options(crossguard_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(crossguard_flags INTERFACE -fsanitize=address,undefined)
  if(NOT CROSSGUARD_FUZZ)
    # Checks of the kind of every pointer before every use doubled the time to compile, and the address sanitizer stops where
    # such a pointer is used. The fuzz preset keeps them.
    target_compile_options(crossguard_flags INTERFACE -fno-sanitize=null,vptr,object-size,alignment)
    # Test code is under the address sanitizer alone, for the same reason.
    set(CROSSGUARD_TEST_CODE_OPTIONS -fno-sanitize=undefined)
  endif()
endif()
if(CROSSGUARD_TSAN)
  target_compile_options(crossguard_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(crossguard_flags INTERFACE -fsanitize=thread)
endif()
if(CROSSGUARD_FUZZ)
  target_compile_options(crossguard_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CROSSGUARD_MOLD mold)
if(CROSSGUARD_MOLD)
  target_link_options(crossguard_flags INTERFACE -fuse-ld=mold)
endif()
