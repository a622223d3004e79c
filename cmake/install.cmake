# Library, headers, CMake package, pkg-config file and program.
