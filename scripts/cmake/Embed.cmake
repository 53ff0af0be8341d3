# SPDX-License-Identifier: Apache-2.0
# orc_embed(OUTPUT header function files...): generates OUTPUT, a source with `std::vector<EmbeddedFile> function()`
# that holds the files' names and texts.
function(orc_embed output header function)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DHEADER=${header}" "-DFUNCTION=${function}" "-DFILES=${ARGN}"
            -P ${CMAKE_SOURCE_DIR}/scripts/cmake/EmbedGenerate.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/scripts/cmake/EmbedGenerate.cmake
    VERBATIM)
endfunction()
