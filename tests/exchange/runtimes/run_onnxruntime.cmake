# Fetches ONNX Runtime for node into the build folder, once, and runs check_onnxruntime.js with it.
#
#   NODE, NPM   the programs
#   WORK_DIR    where node_modules goes
#   SCRIPT      check_onnxruntime.js
#   MODELS      the folder that write_models wrote
#   REQUIRED    whether a registry that cannot be reached is a failure; else the test is skipped
#
# With DEM_OFFLINE=1 in the environment nothing is fetched: the test is skipped, required or not,
# unless the package is there from before. It then succeeds with a line "skipped:" (skip_by_word.sh).
set(version 1.30.0)  # 113 MB to fetch
set(modules ${WORK_DIR}/node_modules)
set(no_registry "ENOTFOUND|EAI_AGAIN|ECONN|ENETUNREACH|EHOSTUNREACH|TIMEDOUT|TIMEOUT|E407|E5[0-9][0-9]")
if(NOT EXISTS ${modules}/.fetched-${version})
  if("$ENV{DEM_OFFLINE}" STREQUAL "1")
    message("skipped: DEM_OFFLINE=1 and onnxruntime-node ${version} is not in ${modules}")
    return()
  endif()
  file(MAKE_DIRECTORY ${WORK_DIR})
  file(WRITE ${WORK_DIR}/package.json "{\"private\": true}\n")
  # Its own installation script looks for libraries of graphics cards elsewhere; not needed here.
  execute_process(
    COMMAND ${NPM} install --ignore-scripts --no-audit --no-fund --fetch-retries=1
            onnxruntime-node@${version}
    WORKING_DIRECTORY ${WORK_DIR}
    TIMEOUT 300
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    set(what "npm could not fetch onnxruntime-node ${version} (${status}):\n${output}")
    if(NOT REQUIRED AND "${status} ${output}" MATCHES "${no_registry}|timeout")
      message("skipped: ${what}")
      return()
    endif()
    message(FATAL_ERROR "${what}\nWithout a registry, set DEM_OFFLINE=1 to leave this test out")
  endif()
  file(TOUCH ${modules}/.fetched-${version})
endif()
execute_process(COMMAND ${NODE} ${SCRIPT} ${modules} ${MODELS} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "ONNX Runtime and dem do not agree")
endif()
