# Configures, builds and runs the client project: -D MODE=install against an installed tree, -D MODE=subdirectory
# against the sources. Also needs SOURCE and BUILD (of Cadena), WORK, GENERATOR and COMPILER.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "failed: ${command}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
if(MODE STREQUAL "install")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
  set(from "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
else()
  set(from "-DCLIENT_CADENA_SOURCE=${SOURCE}")
endif()
run("${CMAKE_COMMAND}" -S "${SOURCE}/tests/package" -B "${WORK}/build" -G "${GENERATOR}"
    "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_BUILD_TYPE=Release "${from}")
run("${CMAKE_COMMAND}" --build "${WORK}/build" --target client)
run("${WORK}/build/client")
