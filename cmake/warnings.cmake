add_library(dem_warnings INTERFACE)
target_compile_options(dem_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                              -Wnon-virtual-dtor -Woverloaded-virtual)
if(DEM_WARNINGS_AS_ERRORS)
  target_compile_options(dem_warnings INTERFACE -Werror)
endif()
