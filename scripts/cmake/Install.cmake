# What `cmake --install` puts where: the program, its manual page, completions, the systemd user unit and the example.
include(GNUInstallDirs)
set(ORC_DOC_DIR ${CMAKE_INSTALL_DATAROOTDIR}/doc/tmux-orc)
find_program(GZIP_PROGRAM gzip REQUIRED)

install(TARGETS tmux-orc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config/production-config.yaml DESTINATION ${ORC_DOC_DIR}/examples)

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
