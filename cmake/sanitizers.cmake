add_library(dem_sanitizers INTERFACE)
if(DEM_SANITIZE)
  # -O1 -g1: after the build type's own, quick to build and enough to name lines.
  target_compile_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all -O1 -g1
                                                  -Wno-shadow)  # see dem_unity_build
  target_link_options(dem_sanitizers INTERFACE -fsanitize=${DEM_SANITIZE})
endif()

# dem_unity_build(TARGET): under sanitizers half the sources of a folder, by their names, are compiled
# as one, all in less than half the time. A name in an anonymous namespace must then be one of a kind
# in its folder; a local one may be the same, of which -Wshadow would warn.
function(dem_unity_build target)
  if(NOT DEM_SANITIZE)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    if(source MATCHES "\\.cpp$")
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
      cmake_path(GET source PARENT_PATH folder)
      cmake_path(GET folder FILENAME group)
      cmake_path(GET source FILENAME name)
      if(name MATCHES "^[a-l]")
        string(APPEND group _a_to_l)
      endif()
      set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
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
