# SPDX-License-Identifier: Apache-2.0
find_package(Threads REQUIRED)
find_package(TBB CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(tl-expected CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)  # the page's cookies are signed
find_package(prometheus-cpp CONFIG REQUIRED)  # only core is linked; its version is known to pkg-config alone
find_package(Boost REQUIRED)  # Asio and Beast: headers only
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROMETHEUS_CPP REQUIRED prometheus-cpp-core)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_path(CONCURRENTQUEUE_INCLUDE_DIR concurrentqueue/blockingconcurrentqueue.h REQUIRED)

# Debian packages below are headers of others: SYSTEM, so that our warnings do not judge them.
add_library(orc_concurrentqueue INTERFACE)
target_include_directories(orc_concurrentqueue SYSTEM INTERFACE ${CONCURRENTQUEUE_INCLUDE_DIR})

# A program that needs fewer of the machine's shared libraries starts sooner and runs in more places: where Debian ships an
# archive too, that is linked. Not of libcrypto and ncurses, whose repairs are to come with Debian's updates (lintian refuses ncurses in a program). docs/architecture.md lists
# what remains.
option(TMUX_ORC_STATIC "Link the archive of a library where there is one" ON)

# The archive beside a shared library, in `out`; the library itself where there is none.
function(orc_archive_of out library)
  string(REGEX REPLACE "[.]so([.0-9]*)$" ".a" archive "${library}")
  if(NOT EXISTS "${archive}")
    set(archive "${library}")
  endif()
  set(${out} "${archive}" PARENT_SCOPE)
endfunction()

# Makes imported targets stand for their archives.
function(orc_link_archives)
  foreach(target IN LISTS ARGN)
    foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_NONE IMPORTED_LOCATION_RELEASE IMPORTED_LOCATION_RELWITHDEBINFO)
      get_target_property(library ${target} ${property})
      if(library)
        orc_archive_of(archive "${library}")
        set_property(TARGET ${target} PROPERTY ${property} "${archive}")
      endif()
    endforeach()
    get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)  # how pkg-config's targets name theirs
    if(libraries)
      set(archives "")
      foreach(library IN LISTS libraries)
        orc_archive_of(archive "${library}")
        list(APPEND archives "${archive}")
      endforeach()
      set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES "${archives}")
    endif()
  endforeach()
endfunction()

if(TMUX_ORC_STATIC)
  get_property(imported DIRECTORY PROPERTY IMPORTED_TARGETS)
  list(FILTER imported INCLUDE REGEX "^absl::")
  orc_link_archives(${imported} SQLite::SQLite3 yaml-cpp PkgConfig::RE2)
endif()
