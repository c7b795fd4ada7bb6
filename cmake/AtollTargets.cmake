# How targets are made: one library a folder, one call a library; one call a test program.

# Warnings and code generation of our own targets.
add_library(atoll_options INTERFACE)
target_compile_options(atoll_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -ffp-contract=off  # the same floating-point bits with and without FMA
  # GCC 12 at -O3 is wrong about fmt 9's parser (stringop-overflow), compared vectors (stringop-overread) and std::string
  # (restrict, GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-restrict>
  $<$<BOOL:${ATOLL_WERROR}>:-Werror>)
if(ATOLL_SANITIZE)
  target_compile_options(atoll_options INTERFACE -fsanitize=${ATOLL_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(atoll_options INTERFACE -fsanitize=${ATOLL_SANITIZE})
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")  # line tables only: full debug information triples build times
set(CMAKE_CXX_FLAGS_RELEASE "-O3")
find_program(ATOLL_MOLD mold)
if(ATOLL_MOLD)
  target_link_options(atoll_options INTERFACE -fuse-ld=mold)
endif()
find_program(ATOLL_CCACHE ccache)
if(ATOLL_CCACHE)
  # Paths below the checkout are hashed relative, so that a second checkout of the same sources compiles nothing anew.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${ATOLL_CCACHE})
endif()

# atoll_library(NAME SOURCES a.cpp ... HEADERS a.h ... [DEPENDS atoll::core ...] [PRIVATE_DEPENDS ...])
# Makes atoll_NAME with alias atoll::NAME. DEPENDS are the folders whose headers its own headers include.
function(atoll_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(atoll_${name} STATIC ${ARG_SOURCES})
  add_library(atoll::${name} ALIAS atoll_${name})
  target_sources(atoll_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  set_target_properties(atoll_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(atoll_${name} PUBLIC ${ARG_DEPENDS} PRIVATE atoll_options ${ARG_PRIVATE_DEPENDS})
endfunction()

# atoll_test(NAME SOURCES a_test.cpp ... LINK atoll::x ... LABELS fast|slow|display|gpu BUDGET_S 30)
# Makes the program NAME_tests and one ctest entry NAME, which fails when it runs longer than its time budget.
function(atoll_test name)
  cmake_parse_arguments(ARG "" "BUDGET_S" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_BUDGET_S)
    message(FATAL_ERROR "atoll_test(${name}): give BUDGET_S, the seconds it may take on two cores")
  endif()
  if(ATOLL_SANITIZE)  # sanitizers take their time
    math(EXPR ARG_BUDGET_S "4 * ${ARG_BUDGET_S}")
  endif()
  add_executable(${name}_tests ${ARG_SOURCES})
  target_link_libraries(${name}_tests PRIVATE atoll_options ${ARG_LINK} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_tests WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_BUDGET_S}
                       ENVIRONMENT "ATOLL_BIN=${PROJECT_BINARY_DIR}/bin;ATOLL_PYTHON=${ATOLL_PYTHON};LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/leaks_of_others.txt:print_suppressions=0;TSAN_OPTIONS=die_after_fork=0")
endfunction()
