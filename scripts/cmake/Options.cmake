# SPDX-License-Identifier: Apache-2.0
# Warnings and sanitizers as INTERFACE targets, so that each library says once what it is built with.
# A newer compiler's new warning must not keep anybody from building: only developers' presets and CI make them errors.
option(TMUX_ORC_WERROR "Warnings are errors" OFF)
add_library(orc_warnings INTERFACE)
target_compile_options(orc_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-align -Woverloaded-virtual -Wnull-dereference $<$<BOOL:${TMUX_ORC_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Not: libstdc++ 12's own stable_sort is deprecated for clang; the first member alone of a struct with defaults. gcc tells
  # of both where they are ours.
  target_compile_options(orc_warnings INTERFACE -Wthread-safety -Wno-deprecated-declarations -Wno-missing-field-initializers)
else()
  # GCC 12 reports false positives here from inlined std::string and std::vector code at -O2.
  # A unity build's sources are included, so that the hidden parts of an Impl look like a header's to it.
  target_compile_options(orc_warnings INTERFACE -Wno-null-dereference -Wno-restrict
                         $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-subobject-linkage>)
endif()

add_library(orc_sanitize INTERFACE)
if(TMUX_ORC_SANITIZE)
  # gcc 12 takes members of std::regex for uninitialized where a sanitizer instruments it.
  target_compile_options(orc_sanitize INTERFACE -fsanitize=${TMUX_ORC_SANITIZE} -fno-omit-frame-pointer
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(orc_sanitize INTERFACE -fsanitize=${TMUX_ORC_SANITIZE})
  if(TMUX_ORC_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns that it cannot see moodycamel's fences: tests/support/tsan.supp is for that.
    target_compile_options(orc_sanitize INTERFACE -Wno-tsan)
  endif()
endif()

# orc_room(NAME room DEPS ...): one static library per folder. A room sees the public headers only through
# include/, and links only the rooms it may use, so a forbidden call fails to link.
function(orc_room room)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(orc_${room} STATIC ${ARG_SOURCES})
  target_include_directories(orc_${room} PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(orc_${room} PUBLIC ${ARG_DEPS} PRIVATE orc_warnings)
  target_link_libraries(orc_${room} PUBLIC orc_sanitize)
endfunction()
