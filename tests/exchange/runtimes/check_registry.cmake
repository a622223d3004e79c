# What run_onnxruntime.cmake (SCRIPT) does where npm (NPM) finds no registry, and where it fails for
# another reason: cmake -DNPM=... -DSCRIPT=... -DSKIP_BY_WORD=... -DWORK_DIR=... -P
# check_registry.cmake. SKIP_BY_WORD is skip_by_word.sh, through which CTest runs the script.
set(ENV{npm_config_registry} http://127.0.0.1:9/)  # the discard port: nobody answers
set(ENV{npm_config_cache} ${WORK_DIR}/cache)
set(ENV{npm_config_fetch_retry_mintimeout} 1)
set(ENV{npm_config_fetch_retry_maxtimeout} 1)
foreach(variable http_proxy https_proxy HTTP_PROXY HTTPS_PROXY npm_config_proxy npm_config_https_proxy)
  unset(ENV{${variable}})
endforeach()

# expect(WHAT NPM REQUIRED OFFLINE ENDS TEXT): whether it FAILS or is SKIPPED, and what it says.
function(expect what npm required offline ends text)
  file(REMOVE_RECURSE ${WORK_DIR}/run)
  set(ENV{DEM_OFFLINE} ${offline})
  execute_process(
    COMMAND sh ${SKIP_BY_WORD} ${CMAKE_COMMAND} -DNODE=false -DNPM=${npm} -DWORK_DIR=${WORK_DIR}/run -DSCRIPT=none
            -DMODELS=none -DREQUIRED=${required} -P ${SCRIPT}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(status EQUAL 77)
    set(ended SKIPPED)
  elseif(status EQUAL 0)
    set(ended PASSED)
  else()
    set(ended FAILS)
  endif()
  if(NOT ended STREQUAL ends)
    message(SEND_ERROR "${what}: expected ${ends}, got ${ended} with status ${status}:\n${output}")
  endif()
  if(NOT output MATCHES "${text}")
    message(SEND_ERROR "${what}: expected \"${text}\", got:\n${output}")
  endif()
endfunction()

expect("required, no registry" ${NPM} ON 0 FAILS "set DEM_OFFLINE=1")
expect("not required, no registry" ${NPM} OFF 0 SKIPPED "skipped: npm could not fetch")
expect("required, offline" ${NPM} ON 1 SKIPPED "skipped: DEM_OFFLINE=1")
expect("not required, npm broken" ${CMAKE_COMMAND} OFF 0 FAILS "npm could not fetch")
