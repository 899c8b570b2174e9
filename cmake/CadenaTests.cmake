# One test program a layer from tests/LAYER/**.cpp, discovered by CTest under the label of the layer; then the checks of
# the repository itself, and of the package it installs.
include(GoogleTest)
find_package(Python3 COMPONENTS Interpreter)

# What tests do costs next to nothing, while compiling them is a third of a build: -O1, whatever the library has.
set(CADENA_TEST_FLAGS $<$<AND:$<CONFIG:Release>,$<COMPILE_LANGUAGE:CXX>>:-O1>)
if("undefined" IN_LIST CADENA_SANITIZE)  # a third of the tests' compile time; the library's own objects keep them
  list(APPEND CADENA_TEST_FLAGS $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize=null,alignment,vptr>)
endif()

# GoogleTest's headers are compiled once; every test program reuses them.
file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/test_headers.cpp" CONTENT "")
add_library(cadena_test_headers OBJECT "${PROJECT_BINARY_DIR}/test_headers.cpp")
cadena_compile(cadena_test_headers)
target_compile_options(cadena_test_headers PRIVATE ${CADENA_TEST_FLAGS})
target_link_libraries(cadena_test_headers PRIVATE Threads::Threads GTest::gtest GTest::gmock)
target_precompile_headers(cadena_test_headers PRIVATE <gtest/gtest.h> <gmock/gmock.h>)

# cadena_test_program(label source…)
function(cadena_test_program label)
  set(target cadena_test_${label})
  set(kernels ${ARGN})
  list(FILTER kernels INCLUDE REGEX "\\.cu$")
  if(kernels)
    cadena_cuda_sources(${kernels})
  endif()
  cadena_program(${target} ${ARGN})
  cadena_use(${target} json)
  target_compile_options(${target} PRIVATE ${CADENA_TEST_FLAGS})
  target_link_libraries(${target} PRIVATE GTest::gtest_main GTest::gmock)
  target_precompile_headers(${target} REUSE_FROM cadena_test_headers)
  gtest_discover_tests(${target} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
                       PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()

file(GLOB support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cpp")
file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true "${PROJECT_SOURCE_DIR}/tests/*")
list(FILTER folders EXCLUDE REGEX "/(support|reference|package|repository)$")
if(NOT TARGET cadena_demo_parts)
  list(FILTER folders EXCLUDE REGEX "/demo$")
endif()
foreach(folder IN LISTS folders)
  get_filename_component(layer "${folder}" NAME)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp" "${folder}/*.cu")
  if(CADENA_CUDA STREQUAL "gpu")
    list(FILTER sources EXCLUDE REGEX "/emulated/")  # the emulator's own tests
  endif()
  list(FILTER sources EXCLUDE REGEX "/tests/cuda/microscope/")
  if(sources)
    cadena_test_program(${layer} ${sources} ${support})
  endif()
endforeach()

if(TARGET cadena_test_demo)
  target_link_libraries(cadena_test_demo PRIVATE cadena_demo_parts)
  add_dependencies(cadena_test_demo cadena_demo)
  add_test(NAME demo.bad_input COMMAND tests/demo/bad_input_test.sh $<TARGET_FILE:cadena_demo>
           WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(demo.bad_input PROPERTIES LABELS demo TIMEOUT 300)
endif()
if(TARGET cadena_test_cuda AND TARGET gpt_training AND Python3_FOUND)
  add_test(NAME cuda.gpt_training COMMAND tests/bench/training_test.sh $<TARGET_FILE:gpt_training> "${Python3_EXECUTABLE}"
           WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(cuda.gpt_training PROPERTIES LABELS cuda TIMEOUT 300)
  add_dependencies(cadena_test_cuda gpt_training)
endif()
if(TARGET cadena_test_labs)
  target_link_libraries(cadena_test_labs PRIVATE cadena::labs)
endif()

# The kernels once more, with threads, blocks and streams in other orders than the usual one.
if(TARGET cadena_test_cuda)
  target_link_libraries(cadena_test_cuda PRIVATE cadena::kernels)
  if(CADENA_CUDA STREQUAL "emulated")
    # A project that uses cuda/runtime alone, from the sources; package.install builds it from the installed package.
    add_test(NAME package.cuda_example
             COMMAND "${CMAKE_COMMAND}" -D MODE=example -D "SOURCE=${PROJECT_SOURCE_DIR}"
                     -D "WORK=${PROJECT_BINARY_DIR}/package-example" -D "GENERATOR=${CMAKE_GENERATOR}"
                     -D "COMPILER=${CMAKE_CXX_COMPILER}" -P "${PROJECT_SOURCE_DIR}/tests/package/check.cmake")
    set_tests_properties(package.cuda_example PROPERTIES LABELS package TIMEOUT 600)
    # A third of the tests under each seed; all of them under every seed: `cadena test --all`.
    foreach(seed 0 1 2)
      add_test(NAME cuda.seed_${seed} COMMAND cadena_test_cuda --gtest_brief=1 WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
      set_tests_properties(cuda.seed_${seed} PROPERTIES LABELS cuda TIMEOUT 300 ENVIRONMENT
                           "CADENA_EMULATOR_SEED=1${seed};GTEST_TOTAL_SHARDS=3;GTEST_SHARD_INDEX=${seed}")
      add_test(NAME cuda.all_under_seed_${seed} COMMAND cadena_test_cuda --gtest_brief=1
               WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
      set_tests_properties(cuda.all_under_seed_${seed} PROPERTIES LABELS "cuda;slow" TIMEOUT 600
                           ENVIRONMENT CADENA_EMULATOR_SEED=2${seed})
    endforeach()
  endif()
endif()

# The microscope: its hooks see every kernel of the program they are linked into, so it has one of its own, which needs
# nothing of Cadena but cuda/runtime and the ladders.
if(TARGET cadena_microscope)
  file(GLOB kernels CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cuda/microscope/*.cu")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cuda/microscope/*.cpp")
  cadena_cuda_sources(${kernels})
  cadena_kernel_target(cadena_test_microscope_kernels "" STATIC ${kernels})
  cadena_put_under_microscope(cadena_test_microscope_kernels)
  add_executable(cadena_test_microscope ${sources})
  cadena_compile(cadena_test_microscope)
  cadena_use(cadena_test_microscope json)
  set_target_properties(cadena_test_microscope PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  target_link_libraries(cadena_test_microscope PRIVATE cadena_test_microscope_kernels cadena_ladder_microscope
                                                       GTest::gtest_main GTest::gmock)
  gtest_discover_tests(cadena_test_microscope WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
                       PROPERTIES LABELS microscope TIMEOUT 300)
  add_dependencies(cadena_test_microscope cadena_microscope_standalone)
  add_test(NAME microscope.file COMMAND tests/cuda/microscope/file_test.sh "${PROJECT_BINARY_DIR}"
           WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(microscope.file PROPERTIES LABELS microscope TIMEOUT 300)
  # What a project of one kernel gets by cadena_add_kernel(... EXECUTABLE): a program that reports when it ends.
  cadena_add_kernel(cadena_test_saxpy "${PROJECT_SOURCE_DIR}/cuda/runtime/example/saxpy.cu" EXECUTABLE)
  set_target_properties(cadena_test_saxpy PROPERTIES EXCLUDE_FROM_ALL ON)
  add_test(NAME microscope.project COMMAND cadena_test_saxpy_microscope)
  set_tests_properties(microscope.project PROPERTIES LABELS microscope TIMEOUT 300
                       PASS_REGULAR_EXPRESSION "saxpy  grid \\(4,1,1\\), block \\(256,1,1\\).*2\\.00 KFLOP.*Findings: none")
  add_dependencies(cadena_test_microscope cadena_test_saxpy_microscope)
  # Steps with a line left out. Ninja is asked how programs are linked.
  if(TARGET cadena_test_cuda AND Python3_FOUND AND CMAKE_GENERATOR STREQUAL "Ninja" AND
     NOT (BUILD_SHARED_LIBS OR CADENA_SANITIZE OR CADENA_COVERAGE))
    add_test(NAME cuda.left_out
             COMMAND "${Python3_EXECUTABLE}" tests/cuda/ladder/left_out_test.py "${PROJECT_BINARY_DIR}"
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(cuda.left_out PROPERTIES LABELS "cuda;slow" TIMEOUT 900)
    add_dependencies(cadena_test_microscope cadena_microscope_ladder)
  endif()
  if(TARGET ladder)
    add_test(NAME microscope.ladder COMMAND tests/cuda/microscope/ladder_test.sh "${PROJECT_BINARY_DIR}"
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(microscope.ladder PROPERTIES LABELS microscope TIMEOUT 300)
    add_dependencies(cadena_test_microscope ladder)
  endif()
endif()

# What tests/reference/make_ops.py recomputes.
cadena_program(cadena_dump_samples "${PROJECT_SOURCE_DIR}/tests/reference/dump_samples.cpp")
cadena_use(cadena_dump_samples json)

# The claims of the chapters; then each chapter's page against what its example and these tests say.
if(TARGET cadena_tutorial_parts)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tutorials/*/*_test.cpp")
  list(FILTER sources EXCLUDE REGEX "/lab_test\\.cpp$")
  cadena_test_program(tutorials ${sources} ${support} "${PROJECT_SOURCE_DIR}/tutorials/support/claim.cpp")
  target_link_libraries(cadena_test_tutorials PRIVATE cadena_tutorial_parts)
  file(GLOB pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tutorials/[0-9]*/README.md")
  foreach(page IN LISTS pages)
    string(REGEX MATCH "tutorials/([^/]+)/" unused "${page}")
    set(chapter ${CMAKE_MATCH_1})
    if(TARGET ${chapter}_example)
      add_dependencies(cadena_test_tutorials ${chapter}_example)
    endif()
    if(chapter MATCHES "^0[67]_")  # their examples run the ladders under the microscope
      if(NOT TARGET ladder OR NOT TARGET cadena_microscope)
        continue()
      endif()
      add_dependencies(cadena_test_tutorials ladder)
    endif()
    add_test(NAME tutorials.${chapter} COMMAND tools/weave/run.sh --check "${PROJECT_BINARY_DIR}" ${chapter}
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(tutorials.${chapter} PROPERTIES LABELS tutorials TIMEOUT 600)
  endforeach()
endif()

# Each lab: its solution, starter, wrong and hostile hand-ins. With every value of every variant: `cadena test --all`.
file(GLOB manifests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tutorials/*/lab.json")
if(Python3_FOUND AND CADENA_CUDA STREQUAL "emulated" AND NOT (BUILD_SHARED_LIBS OR CADENA_SANITIZE OR CADENA_COVERAGE))
  foreach(manifest IN LISTS manifests)
    get_filename_component(folder "${manifest}" DIRECTORY)
    get_filename_component(name "${folder}" NAME)
    file(STRINGS "${manifest}" kernels REGEX "\"machine\": \"emulator\"")
    if(kernels AND NOT TARGET cadena_kernel_labs)
      continue()  # there is no microscope in this build
    endif()
    foreach(mode "" all-variants)
      set(test labs.${name})
      set(options "")
      if(NOT name MATCHES "^(01_backprop|06_gemm)$")
        set(options --quick)  # the hostile hand-ins attack the grader, which all labs share; kernels have some of their own
      endif()
      if(mode)
        set(test labs.${name}.${mode})
        set(options --${mode})
      endif()
      add_test(NAME ${test} COMMAND "${Python3_EXECUTABLE}" tools/lab/lab.py verify ${name} ${options}
               WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
      set_tests_properties(${test} PROPERTIES LABELS labs TIMEOUT 900
                           ENVIRONMENT "CADENA_LAB_TOOLCHAIN=${PROJECT_BINARY_DIR}/lab/toolchain.json")
    endforeach()
    set_tests_properties(labs.${name}.all-variants PROPERTIES LABELS "labs;slow")
  endforeach()
  foreach(test tools attacks)
    add_test(NAME labs.${test} COMMAND "${CMAKE_COMMAND}" -E env "CXX=${CMAKE_CXX_COMPILER}" "${Python3_EXECUTABLE}" tests/labs/${test}_test.py
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  endforeach()
  add_test(NAME labs.end_to_end COMMAND tests/labs/end_to_end_test.sh WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  if(TARGET cadena_kernel_labs)
    add_test(NAME labs.kernel_lab COMMAND tests/labs/kernel_lab_test.sh WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(labs.kernel_lab PROPERTIES LABELS labs TIMEOUT 900
                         ENVIRONMENT "CADENA_LAB_TOOLCHAIN=${PROJECT_BINARY_DIR}/lab/toolchain.json")
  endif()
  set_tests_properties(labs.tools labs.attacks labs.end_to_end PROPERTIES LABELS labs TIMEOUT 900
                       ENVIRONMENT "CADENA_LAB_TOOLCHAIN=${PROJECT_BINARY_DIR}/lab/toolchain.json")
endif()

# cadena_check(name command…): a check of the repository.
function(cadena_check name)
  add_test(NAME repository.${name} COMMAND ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(repository.${name} PROPERTIES LABELS repository TIMEOUT 300)
endfunction()

if(Python3_FOUND)
  foreach(check layers files ops)
    cadena_check(${check} "${Python3_EXECUTABLE}" tools/check_${check}.py)
    cadena_check(${check}_check_can_fail "${Python3_EXECUTABLE}" tools/check_${check}.py --self-test)
  endforeach()
  cadena_check(left_out_tables "${Python3_EXECUTABLE}" tests/cuda/ladder/left_out_test.py --tables)
  cadena_check(launch_syntax "${Python3_EXECUTABLE}" tools/launch_syntax.py --self-test)
  cadena_check(compare_ncu "${Python3_EXECUTABLE}" tools/compare_ncu.py --self-test)
  cadena_check(mutants "${Python3_EXECUTABLE}" tools/mutants.py --self-test)
  cadena_check(mutate "${Python3_EXECUTABLE}" tools/mutate.py --self-test)
  cadena_check(markdown "${Python3_EXECUTABLE}" tools/docs/check_markdown.py)
  cadena_check(markdown_check_can_fail "${Python3_EXECUTABLE}" tools/docs/check_markdown.py --self-test)
  cadena_check(comments "${Python3_EXECUTABLE}" tools/docs/check_comments.py)
  cadena_check(comments_check_can_fail "${Python3_EXECUTABLE}" tools/docs/check_comments.py --self-test)
  set_tests_properties(repository.comments repository.comments_check_can_fail PROPERTIES SKIP_RETURN_CODE 77)
  cadena_check(layer_figure "${Python3_EXECUTABLE}" tools/docs/layers.py --check)
  foreach(script compare programme/record training/compare)
    string(REPLACE "/" "_" name "bench_${script}")
    cadena_check(${name} "${Python3_EXECUTABLE}" bench/${script}.py --self-test)
  endforeach()
  foreach(part markdown op_page benchmarks check_links)
    cadena_check(docs_${part} "${Python3_EXECUTABLE}" tools/docs/${part}.py --self-test)
  endforeach()
  cadena_check(doxygen_headers "${Python3_EXECUTABLE}" tools/docs/header.py --self-test)
  cadena_check(weave "${Python3_EXECUTABLE}" tools/weave/weave_test.py)
  cadena_check(notebooks "${Python3_EXECUTABLE}" tests/notebook/notebook_test.py)  # executed: `cadena test --all notebooks`
endif()
find_program(CADENA_CLANG_FORMAT clang-format-14)
if(CADENA_CLANG_FORMAT)
  cadena_check(format ./cadena format --check)
endif()
cadena_check(front_door tests/repository/front_door_test.sh)
find_program(CADENA_SCRIPT script)  # runs a command at a terminal of its own
if(CADENA_SCRIPT)
  cadena_check(setup tests/repository/setup_test.sh)
endif()
if(Python3_FOUND)
  cadena_check(gpu_programme tests/bench/gpu_programme_test.sh)
endif()
cadena_check(emulator_page tests/repository/emulator_page_test.sh)
cadena_check(wgmma_check_can_fail bash -c "! cmake/no_serialized_wgmma.sh sh -c 'echo \"(C7510) wgmma\" >&2' && cmake/no_serialized_wgmma.sh true")
cadena_check(concept_message "${CMAKE_COMMAND}" -E env "CXX=${CMAKE_CXX_COMPILER}" tests/repository/concept_message_test.sh)
find_program(CADENA_GDB gdb)
if(Python3_FOUND AND CADENA_GDB AND NOT CADENA_SANITIZE AND NOT CADENA_COVERAGE)
  cadena_check(pretty_printer "${CMAKE_COMMAND}" -E env "CXX=${CMAKE_CXX_COMPILER}" tests/repository/pretty_printer_test.sh
               "${PROJECT_BINARY_DIR}")
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/cadena.h")
  cadena_check(includes_budget "${CMAKE_COMMAND}" -E env "CXX=${CMAKE_CXX_COMPILER}" tools/check_includes_budget.sh)
endif()

# The package, as a client sees it. `slow`: builds the library once more, so the presets leave it to `cadena test --all`.
if(EXISTS "${PROJECT_SOURCE_DIR}/cadena.h" AND CADENA_INSTALL AND NOT CADENA_SANITIZE AND NOT CADENA_COVERAGE)
  foreach(mode install subdirectory)
    add_test(NAME package.${mode}
             COMMAND "${CMAKE_COMMAND}" -D MODE=${mode} -D "SOURCE=${PROJECT_SOURCE_DIR}" -D "BUILD=${PROJECT_BINARY_DIR}"
                     -D "WORK=${PROJECT_BINARY_DIR}/package-${mode}" -D "GENERATOR=${CMAKE_GENERATOR}"
                     -D "COMPILER=${CMAKE_CXX_COMPILER}" -D "NATIVE=${CADENA_NATIVE}"
                     -P "${PROJECT_SOURCE_DIR}/tests/package/check.cmake")
    set_tests_properties(package.${mode} PROPERTIES LABELS package TIMEOUT 1200)
  endforeach()
  set_tests_properties(package.subdirectory PROPERTIES LABELS "package;slow")
  if(CADENA_CCACHE)  # then the objects of this very build serve once more
    string(REPLACE ";" "\\;" launcher "${CMAKE_CXX_COMPILER_LAUNCHER}")
    set_tests_properties(package.subdirectory PROPERTIES ENVIRONMENT
                         "CMAKE_CXX_COMPILER_LAUNCHER=${launcher};CMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE};CADENA_WERROR=${CADENA_WERROR}")
  endif()
endif()
