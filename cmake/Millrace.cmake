# The two functions every folder under src/ is declared with.

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Both report false positives in inlined std::string and std::expected code of g++ 12.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(MILLRACE_WERROR)
  add_compile_options(-Werror)
endif()
if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
endif()

# millrace_library(<folder> [USES folder...] [PRIVATE_USES target...] [PUBLIC_USES target...] [PCH header...])
#
# Makes a static library of all *.cc of the folder but *_test.cc, which become the test program
# <folder>_test. The folder is linked into its own include root, so that `#include "log/segment.h"`
# compiles only in folders that declare `log` under USES, directly or through another folder.
function(millrace_library name)
  cmake_parse_arguments(ARG "" "" "USES;PUBLIC_USES;PRIVATE_USES;PCH" ${ARGN})

  set(include_root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include_root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_root}/${name} SYMBOLIC)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")

  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${include_root})
  target_link_libraries(${name} PUBLIC ${ARG_USES} ${ARG_PUBLIC_USES} PRIVATE ${ARG_PRIVATE_USES})
  if(ARG_PCH)
    target_precompile_headers(${name} PRIVATE ${ARG_PCH})
  endif()

  # Static libraries hide missing link dependencies: link this one whole, with only what it declares.
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/link_test.cc CONTENT "int main() { return 0; }\n")
  add_executable(${name}_link_test ${CMAKE_CURRENT_BINARY_DIR}/link_test.cc)
  target_link_libraries(${name}_link_test PRIVATE -Wl,--whole-archive ${name} -Wl,--no-whole-archive)

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_PRIVATE_USES} GTest::gtest GTest::gmock GTest::gtest_main)
    add_test(NAME ${name}_test COMMAND ${name}_test)
  endif()
endfunction()
