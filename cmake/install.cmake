# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` lays down, and the manual pages and completions, which the program itself
# prints from its tables of options.
#
# The library is static: before 1.0 its functions keep no binary interface, and a program that links
# it starts on every node without a search for it.
include(CMakePackageConfigHelpers)

# A job is what jobs/*.c exports.
set(PATRON_PAGES ${PROJECT_BINARY_DIR}/pages)
file(MAKE_DIRECTORY ${PATRON_PAGES})
set(PATRON_PRINTED)
function(patron_print file)
    add_custom_command(OUTPUT ${PATRON_PAGES}/${file}
        COMMAND $<TARGET_FILE:patron> ${ARGN} > ${PATRON_PAGES}/${file} DEPENDS patron VERBATIM)
    set(PATRON_PRINTED ${PATRON_PRINTED} ${PATRON_PAGES}/${file} PARENT_SCOPE)
endfunction()

patron_print(patron.1 --man)
set(PATRON_MANUAL ${PATRON_PAGES}/patron.1)
foreach(source ${PATRON_JOBS})
    file(STRINGS ${source} exported REGEX "^const patron_job patron_job_[a-z]+ = ")
    if(exported)
        string(REGEX REPLACE ".* patron_job_([a-z]+) = .*" "\\1" job "${exported}")
        patron_print(patron-${job}.1 --man ${job})
        list(APPEND PATRON_MANUAL ${PATRON_PAGES}/patron-${job}.1)
    endif()
endforeach()
patron_print(patron.bash --completion bash)
patron_print(patron.zsh --completion zsh)
patron_print(patron.fish --completion fish)
add_custom_target(pages ALL DEPENDS ${PATRON_PRINTED})

install(TARGETS patron)
install(TARGETS patron_library EXPORT patronTargets)
install(DIRECTORY include/patron DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PATRON_MANUAL} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PATRON_PAGES}/patron.bash RENAME patron
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PATRON_PAGES}/patron.zsh RENAME _patron
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${PATRON_PAGES}/patron.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# CMake's package.
set(PATRON_CONFIG_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/patron)
install(EXPORT patronTargets NAMESPACE patron:: DESTINATION ${PATRON_CONFIG_FOLDER})
configure_package_config_file(cmake/patronConfig.cmake.in ${PROJECT_BINARY_DIR}/patronConfig.cmake
    INSTALL_DESTINATION ${PATRON_CONFIG_FOLDER})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/patronConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/patronConfig.cmake
              ${PROJECT_BINARY_DIR}/patronConfigVersion.cmake DESTINATION ${PATRON_CONFIG_FOLDER})

# pkg-config's: MPI and HDF5 have no name there that holds everywhere, so it says where they lie.
set(PATRON_PC_FOLDER ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH PATRON_PC_TO_PREFIX /prefix/${PATRON_PC_FOLDER} /prefix)
string(REGEX REPLACE "/$" "" PATRON_PC_TO_PREFIX ${PATRON_PC_TO_PREFIX})
list(TRANSFORM MPI_C_INCLUDE_DIRS PREPEND -I OUTPUT_VARIABLE PATRON_PC_CFLAGS)
list(JOIN PATRON_PC_CFLAGS " " PATRON_PC_CFLAGS)
set(PATRON_PC_LIBS ${HDF5_C_LIBRARIES} ${MPI_C_LINK_FLAGS} ${MPI_C_LIBRARIES} ${OpenMP_C_FLAGS} -lm)
list(JOIN PATRON_PC_LIBS " " PATRON_PC_LIBS)
configure_file(cmake/patron.pc.in ${PROJECT_BINARY_DIR}/patron.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/patron.pc DESTINATION ${PATRON_PC_FOLDER})
