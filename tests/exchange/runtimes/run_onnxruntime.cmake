# Fetches ONNX Runtime for node into the build folder, once, and runs check_onnxruntime.js with it.
#
#   NODE, NPM   the programs
#   WORK_DIR    where node_modules goes
#   SCRIPT      check_onnxruntime.js
#   MODELS      the folder that write_models wrote
#
# Prints a line that starts with "skipped:" where the package cannot be fetched.
set(version 1.30.0)  # 113 MB to fetch
set(modules ${WORK_DIR}/node_modules)
if(NOT EXISTS ${modules}/.fetched-${version})
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
    message("skipped: npm could not fetch onnxruntime-node ${version}:\n${output}")
    return()
  endif()
  file(TOUCH ${modules}/.fetched-${version})
endif()
execute_process(COMMAND ${NODE} ${SCRIPT} ${modules} ${MODELS} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "ONNX Runtime and dem do not agree")
endif()
