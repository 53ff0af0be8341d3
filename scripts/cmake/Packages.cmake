# SPDX-License-Identifier: Apache-2.0
# The Debian package: scripts/package.sh, or `cpack --config build/default/CPackConfig.cmake` with umask 022.
set(TMUX_ORC_MAINTAINER "tmux-orc maintainers <maintainers@tmux-orc.invalid>" CACHE STRING
    "Maintainer that the package names")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tmux-orc)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_SOURCE_DIR}/build/package)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${TMUX_ORC_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when they are first used, so nothing finds them in the program.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tmux (>= 3.2), libcurl4, libsystemd0")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "monitor for AI coding agents that run in tmux")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Says of every AI coding agent that runs in a tmux pane (Claude Code, Codex,
opencode, Gemini CLI and others) whether it works, waits for a person, is
idle, rate-limited, broken or gone, for one to a thousand of them. It reads
the panes' screens over tmux's own socket and changes nothing there.")

# The changelog carries the commit's date, so that one commit gives one package.
set(ORC_COMMIT unknown)
string(TIMESTAMP ORC_COMMIT_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
execute_process(COMMAND git log -1 --abbrev=12 --format=%h|%aD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(commit MATCHES "^([0-9a-f]+)[|](.+)$")
  set(ORC_COMMIT ${CMAKE_MATCH_1})
  set(ORC_COMMIT_DATE ${CMAKE_MATCH_2})
endif()
set(debian ${CMAKE_BINARY_DIR}/debian)
configure_file(scripts/debian/changelog.in ${debian}/changelog @ONLY)
execute_process(COMMAND ${GZIP_PROGRAM} -9nkf ${debian}/changelog COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${debian}/changelog.gz scripts/debian/copyright DESTINATION ${ORC_DOC_DIR})

include(CPack)
