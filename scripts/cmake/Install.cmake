# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: the program, its manual page, completions, the systemd user unit, tmux plugin, the guides, and the
# files that they show as examples.
include(GNUInstallDirs)
set(ORC_DOC_DIR ${CMAKE_INSTALL_DATAROOTDIR}/doc/tmux-orc)
find_program(GZIP_PROGRAM gzip REQUIRED)

install(TARGETS tmux-orc tmux-orc-hook RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md DESTINATION ${ORC_DOC_DIR})
install(DIRECTORY docs DESTINATION ${ORC_DOC_DIR} OPTIONAL)  # not there when an image is built, and of no use in one
install(PROGRAMS tmux-orc.tmux DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/tmux-orc)
install(FILES config/production-config.yaml config/container.yaml config/tmux-orc.service
        DESTINATION ${ORC_DOC_DIR}/examples)
install(DIRECTORY config/prometheus config/agents DESTINATION ${ORC_DOC_DIR}/examples)
# The guides' links say config/.
install(CODE "file(CREATE_LINK examples \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${ORC_DOC_DIR}/config\" SYMBOLIC)")

# Made when installing, not when building: every link of the program would run it for nothing, and only now is it known
# where the program goes.
install(CODE "
  set(ORC_PROGRAM \"$<TARGET_FILE:tmux-orc>\")
  set(ORC_GZIP \"${GZIP_PROGRAM}\")
  set(ORC_SOURCE \"${CMAKE_SOURCE_DIR}\")
  set(ORC_STAGE \"${CMAKE_BINARY_DIR}/install-stage\")
  set(ORC_BIN_DIR \"${CMAKE_INSTALL_BINDIR}\")
  set(ORC_MAN_DIR \"${CMAKE_INSTALL_MANDIR}\")
  set(ORC_SHARE_DIR \"${CMAKE_INSTALL_DATAROOTDIR}\")
  include(\"${CMAKE_SOURCE_DIR}/scripts/cmake/InstallGenerated.cmake\")")
