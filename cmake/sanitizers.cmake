add_library(dem_sanitizers INTERFACE)
if(DEM_SANITIZE)
  # -O1 -g1: after the build type's own, quick to build and enough to name lines.
  target_compile_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all -O1 -g1)
  target_link_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE})
endif()

# dem_unity_build(TARGET): under sanitizers its sources are compiled several at a time, in less than
# half the time. A name in an anonymous namespace must then be one of a kind in its folder.
function(dem_unity_build target)
  if(DEM_SANITIZE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# Test programs, and the command line under sanitizers: what they call keeps its optimisation and
# sanitizers; they themselves, half of all that is compiled, are built as fast as may be. Not so under
# the thread sanitizer: without optimisation its tests run three times as long.
add_library(dem_test_options INTERFACE)
if(DEM_SANITIZE MATCHES "address")
  target_compile_options(dem_test_options INTERFACE -O0 -fno-sanitize=undefined)
else()
  target_compile_options(dem_test_options INTERFACE -O1)
endif()
