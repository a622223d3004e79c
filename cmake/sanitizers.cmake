add_library(dem_sanitizers INTERFACE)
if(DEM_SANITIZE)
  target_compile_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all)
  target_link_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE})
endif()
