add_library(dem_sanitizers INTERFACE)
if(DEM_SANITIZE)
  # -O1 -g1: after the build type's own, quick to build and enough to name lines.
  target_compile_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all -O1 -g1)
  target_link_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE})
endif()
