add_library(dem_warnings INTERFACE)
target_compile_options(dem_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                              -Wnon-virtual-dtor -Woverloaded-virtual
                                              # GCC's -Wconversion does not have it in C++.
                                              $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)
if(DEM_WARNINGS_AS_ERRORS)
  target_compile_options(dem_warnings INTERFACE -Werror)
endif()
