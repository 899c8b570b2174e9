# Configures, builds and runs the client project: -D MODE=install against an installed tree, -D MODE=subdirectory
# against the sources. The project of one kernel in cuda/runtime/example is copied and built as well: against an installed
# tree, or with -D MODE=example against the sources. Also needs SOURCE and BUILD (of Cadena), WORK, GENERATOR and COMPILER;
# with MODE=subdirectory NATIVE, and the environment variables that CMake and Cadena read for defaults.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "failed: ${command}")
  endif()
endfunction()

function(run_example from)
  file(COPY "${SOURCE}/cuda/runtime/example" DESTINATION "${WORK}")
  run("${CMAKE_COMMAND}" -S "${WORK}/example" -B "${WORK}/example/build" -G "${GENERATOR}"
      "-DCMAKE_CXX_COMPILER=${COMPILER}" ${from})
  run("${CMAKE_COMMAND}" --build "${WORK}/example/build")
  run("${WORK}/example/build/saxpy")
endfunction()

if(MODE STREQUAL "example")
  run_example("-DCADENA_SOURCE=${SOURCE}")
  return()
endif()

file(REMOVE_RECURSE "${WORK}")
set(client "${WORK}/build")
if(MODE STREQUAL "install")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
  set(from "-DCMAKE_PREFIX_PATH=${WORK}/prefix" -DCMAKE_BUILD_TYPE=Release)
  run_example("${from}")
  # A file of the package alone: the others would be found among the sources, which a user of the package does not have.
  file(COPY_FILE "${WORK}/prefix/share/cadena/data/iris.csv" "${WORK}/prefix/share/cadena/data/packaged.csv")
  set(data packaged.csv)
else()
  set(data iris.csv)
  set(from "-DCLIENT_CADENA_SOURCE=${SOURCE}")
  cmake_path(GET BUILD PARENT_PATH beside)
  if(DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER} AND beside STREQUAL "${SOURCE}/build")
    # Compiled as in BUILD, and in a folder as deep, for ccache takes paths relative to it: then it has the objects.
    set(client "${beside}/package-client")
    file(REMOVE_RECURSE "${client}")
    list(APPEND from "-DCADENA_NATIVE=${NATIVE}")
  else()
    list(APPEND from -DCMAKE_BUILD_TYPE=Debug)  # the library once more, in half the time
  endif()
endif()
run("${CMAKE_COMMAND}" -S "${SOURCE}/tests/package" -B "${client}" -G "${GENERATOR}"
    "-DCMAKE_CXX_COMPILER=${COMPILER}" ${from})
run("${CMAKE_COMMAND}" --build "${client}" --target client --target getting_started --target training)
run("${client}/client" ${data})
execute_process(COMMAND "${client}/getting_started" OUTPUT_VARIABLE printed RESULT_VARIABLE result)
file(READ "${SOURCE}/docs/getting-started.md" page)
string(REGEX MATCH "prints ([0-9 ]+)" unused "${page}")
string(REPLACE " " "\n" expected "${CMAKE_MATCH_1}")
if(NOT result EQUAL 0 OR NOT printed STREQUAL "${expected}\n")
  message(FATAL_ERROR "docs/getting-started.md says that its program prints ${expected}, it printed ${printed}")
endif()

# The training run is started twice: the second time it finds what the first one saved, trains no more, and is as good.
set(run "${WORK}/training")
file(REMOVE_RECURSE "${run}")
file(MAKE_DIRECTORY "${run}")
foreach(start first second)
  execute_process(COMMAND "${client}/training" WORKING_DIRECTORY "${run}" OUTPUT_VARIABLE ${start} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the training run of docs/getting-started.md ended with ${result}")
  endif()
endforeach()
if(NOT first MATCHES "^epoch 1: .*\nepoch 5: [^\n]*\n(right: [0-9.]+ %\n)$" OR NOT second STREQUAL CMAKE_MATCH_1)
  message(FATAL_ERROR "the training run of docs/getting-started.md printed\n${first}and started again\n${second}")
endif()
