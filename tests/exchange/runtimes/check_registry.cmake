# What run_onnxruntime.cmake (SCRIPT) does where npm (NPM) finds no registry, and where it fails for
# another reason: cmake -DNPM=... -DSCRIPT=... -DWORK_DIR=... -P check_registry.cmake
set(ENV{npm_config_registry} http://127.0.0.1:9/)  # the discard port: nobody answers
set(ENV{npm_config_cache} ${WORK_DIR}/cache)
set(ENV{npm_config_fetch_retry_mintimeout} 1)
set(ENV{npm_config_fetch_retry_maxtimeout} 1)
foreach(variable http_proxy https_proxy HTTP_PROXY HTTPS_PROXY npm_config_proxy npm_config_https_proxy)
  unset(ENV{${variable}})
endforeach()

# expect(WHAT NPM REQUIRED OFFLINE FAILS TEXT): whether the script fails, and what it says.
function(expect what npm required offline fails text)
  file(REMOVE_RECURSE ${WORK_DIR}/run)
  set(ENV{DEM_OFFLINE} ${offline})
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DNODE=false -DNPM=${npm} -DWORK_DIR=${WORK_DIR}/run -DSCRIPT=none
            -DMODELS=none -DREQUIRED=${required} -P ${SCRIPT}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  string(FIND "${output}" "skipped:" skips)
  if(status EQUAL 0)
    set(failed NO)
  else()
    set(failed YES)
  endif()
  if(NOT failed STREQUAL fails)
    message(SEND_ERROR "${what}: expected failure ${fails}, got status ${status}:\n${output}")
  endif()
  if(failed AND NOT skips EQUAL -1)
    message(SEND_ERROR "${what}: CTest would take this failure for a skipped test:\n${output}")
  endif()
  if(NOT output MATCHES "${text}")
    message(SEND_ERROR "${what}: expected \"${text}\", got:\n${output}")
  endif()
endfunction()

expect("required, no registry" ${NPM} ON 0 YES "set DEM_OFFLINE=1")
expect("not required, no registry" ${NPM} OFF 0 NO "skipped: npm could not fetch")
expect("required, offline" ${NPM} ON 1 NO "skipped: DEM_OFFLINE=1")
expect("not required, npm broken" ${CMAKE_COMMAND} OFF 0 YES "npm could not fetch")
