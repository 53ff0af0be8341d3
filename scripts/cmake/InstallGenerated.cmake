# SPDX-License-Identifier: Apache-2.0
# Run by `cmake --install`: files that the program itself prints, and the unit with the path it was installed to.
function(print_to file)
  execute_process(COMMAND ${ORC_PROGRAM} ${ARGN} OUTPUT_FILE ${ORC_STAGE}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(put file folder)
  file(INSTALL ${ORC_STAGE}/${file} DESTINATION ${CMAKE_INSTALL_PREFIX}/${folder}
       PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()

file(REMOVE_RECURSE ${ORC_STAGE})
file(MAKE_DIRECTORY ${ORC_STAGE}/bash)

print_to(tmux-orc.1 man)
execute_process(COMMAND ${ORC_GZIP} -9n ${ORC_STAGE}/tmux-orc.1 COMMAND_ERROR_IS_FATAL ANY)
put(tmux-orc.1.gz ${ORC_MAN_DIR}/man1)

print_to(bash/tmux-orc completion bash)
put(bash/tmux-orc ${ORC_SHARE_DIR}/bash-completion/completions)
print_to(_tmux-orc completion zsh)
put(_tmux-orc ${ORC_SHARE_DIR}/zsh/vendor-completions)
print_to(tmux-orc.fish completion fish)
put(tmux-orc.fish ${ORC_SHARE_DIR}/fish/vendor_completions.d)

file(READ ${ORC_SOURCE}/config/tmux-orc.service unit)
# As systemd reads it: % begins a specifier, a blank ends the word.
string(REPLACE "%" "%%" program "${CMAKE_INSTALL_PREFIX}/${ORC_BIN_DIR}/tmux-orc")
if(program MATCHES " ")
  set(program "\"${program}\"")
endif()
string(REPLACE "ExecStart=tmux-orc" "ExecStart=${program}" unit "${unit}")
file(WRITE ${ORC_STAGE}/tmux-orc.service "${unit}")
put(tmux-orc.service lib/systemd/user)

file(REMOVE_RECURSE ${ORC_STAGE})
