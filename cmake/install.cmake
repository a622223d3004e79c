# Library, headers, CMake package, pkg-config file and program.
include(CMakePackageConfigHelpers)
set(dem_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dem)
get_target_property(dem_type dem TYPE)

install(TARGETS dem EXPORT demTargets FILE_SET HEADERS)
if(TARGET dem_cli)
  install(TARGETS dem_cli)
endif()

install(EXPORT demTargets NAMESPACE dem:: DESTINATION ${dem_package_dir})
configure_package_config_file(cmake/demConfig.cmake.in demConfig.cmake
                              INSTALL_DESTINATION ${dem_package_dir}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(demConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/demConfig.cmake ${PROJECT_BINARY_DIR}/demConfigVersion.cmake
              cmake/FindXXHASH.cmake cmake/FindISAL.cmake DESTINATION ${dem_package_dir})

# Whoever links a static dem links what it uses, too; a shared one brings it along.
set(dem_pc_requires "openblas hdf5 zlib protobuf-lite libxxhash libisal")
if(DEM_WITH_MPI)
  string(APPEND dem_pc_requires " mpi")
endif()
if(dem_type STREQUAL STATIC_LIBRARY)
  set(dem_pc_requires "Requires: ${dem_pc_requires}")
  set(dem_pc_libs "-ldem -pthread")
else()
  set(dem_pc_requires "Requires.private: ${dem_pc_requires}")
  set(dem_pc_libs "-ldem")
endif()
file(RELATIVE_PATH dem_pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/dem.pc.in dem.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dem.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
