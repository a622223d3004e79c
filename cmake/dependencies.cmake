# Everything that dem links against. Debian package names are in scripts/setup.sh.
set(BLA_VENDOR OpenBLAS)
find_package(BLAS REQUIRED)
find_package(OpenBLAS REQUIRED)  # BLAS::BLAS carries no include directory
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
if(DEM_WITH_MPI)
  find_package(MPI REQUIRED COMPONENTS C)  # its C++ bindings are another library, and deprecated
endif()
find_package(XXHASH REQUIRED)  # cmake/FindXXHASH.cmake
find_package(ISAL REQUIRED)    # cmake/FindISAL.cmake
