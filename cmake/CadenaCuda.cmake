# How .cu files are built: by nvcc for a GPU, or by the C++ compiler for the emulator in cuda/runtime/emulated. The machine
# is fixed when the build is configured. Usable without the rest of Cadena, see cuda/runtime/example; the installed package
# includes this file for find_package(cadena COMPONENTS kernels).
set(CADENA_CUDA "emulated" CACHE STRING "The machine that runs CUDA kernels: emulated (no GPU needed) or gpu (needs nvcc)")
set_property(CACHE CADENA_CUDA PROPERTY STRINGS emulated gpu)
if(NOT CADENA_CUDA MATCHES "^(emulated|gpu)$")
  message(FATAL_ERROR "CADENA_CUDA is ${CADENA_CUDA}; it is emulated or gpu")
endif()
option(CADENA_NVCC_CHECK "With the emulator: also compile every kernel by nvcc, where it is found" OFF)
set(CADENA_NVCC_FLAGS --expt-relaxed-constexpr --extended-lambda -Werror=all-warnings CACHE INTERNAL "")
set(CADENA_NVCC_ARCHITECTURES "75;80;90" CACHE STRING "The compute capabilities kernels are compiled for")
set(CADENA_NVCC_PTX "80" CACHE STRING "The compute capability that the check by nvcc also keeps PTX for, or nothing")
get_filename_component(CADENA_CUDA_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE CACHE)

if(CADENA_CUDA STREQUAL "gpu")
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "${CADENA_NVCC_ARCHITECTURES}")
  endif()
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS /usr/local/cuda/bin/nvcc)
    set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
  endif()
  enable_language(CUDA)
  if(NOT CMAKE_CUDA_FLAGS MATCHES "-std=")
    string(APPEND CMAKE_CUDA_FLAGS " -std=c++20")  # CMake 3.25 does not know that nvcc 13 has it
  endif()
  find_package(CUDAToolkit REQUIRED)
elseif(CADENA_NVCC_CHECK)
  find_program(CADENA_NVCC nvcc HINTS /usr/local/cuda/bin)
endif()

# What is checked in kernels by code that the compiler adds: indices of arrays of known size, and alignment. The emulator
# reports what fails (cuda/runtime/emulated/compiler_checks.cpp); where all is built with sanitizers, these do. A target
# whose property CADENA_UNCHECKED is on goes without.
set(checks "")
if(NOT CADENA_SANITIZE)
  set(checks -fsanitize=bounds,alignment -DCADENA_KERNEL_CHECKS)
endif()
set(CADENA_CHECK_FLAGS "${checks}" CACHE INTERNAL "")

# What the microscope adds: every load and store of a kernel calls a function, and so does every basic block; vectors stay
# whole, calls return to the kernel's own line, and the instruction set is the one whose arithmetic it knows.
set(CADENA_MICROSCOPE_FLAGS -O2 -gdwarf-4 -march=x86-64 -fsanitize=thread --param=tsan-instrument-func-entry-exit=0
                            -fsanitize-coverage=trace-pc -fno-tree-sra -fno-ipa-sra -fno-tree-vectorize
                            -fno-tree-loop-distribute-patterns -fno-optimize-sibling-calls -fno-math-errno
    CACHE INTERNAL "")

# cadena_cuda_sources(file…): has the .cu files of this folder built for the configured machine. -g1 gives line numbers to
# the emulator's reports, and calls return to the kernel's own line; large frames touch every page, so that a stack that
# is too small is noticed. Kernels may write int i = threadIdx.x, as everybody does, and ask for more unrolling than this
# machine gives, though Clang minds both.
function(cadena_cuda_sources)
  if(CADENA_CUDA STREQUAL "emulated")
    set_source_files_properties(${ARGN} PROPERTIES LANGUAGE CXX SKIP_PRECOMPILE_HEADERS ON
      COMPILE_OPTIONS "$<IF:$<BOOL:$<TARGET_PROPERTY:CADENA_MICROSCOPE>>,-g,-g1>;-Wno-unknown-pragmas;$<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion;-Wno-pass-failed>;-fstack-clash-protection;-fno-optimize-sibling-calls;$<$<NOT:$<BOOL:$<TARGET_PROPERTY:CADENA_UNCHECKED>>>:${CADENA_CHECK_FLAGS}>")
  endif()
endfunction()

# cadena_nvcc_check(target file…): the target ${target}_nvcc compiles the files by nvcc, warnings as errors.
function(cadena_nvcc_check target)
  if(NOT CADENA_NVCC)
    return()
  endif()
  set(generate "")
  foreach(architecture IN LISTS CADENA_NVCC_ARCHITECTURES)
    list(APPEND generate -gencode "arch=compute_${architecture},code=sm_${architecture}")
  endforeach()
  if(CADENA_NVCC_PTX)
    list(APPEND generate -gencode "arch=compute_${CADENA_NVCC_PTX},code=compute_${CADENA_NVCC_PTX}")
  endif()
  set(objects "")
  foreach(file IN LISTS ARGN)
    get_filename_component(source "${file}" ABSOLUTE)
    string(MAKE_C_IDENTIFIER "${target}_${file}" object)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${object}.nvcc.o")
    add_custom_command(OUTPUT "${object}" DEPFILE "${object}.d" DEPENDS "${source}" COMMENT "nvcc ${file}" VERBATIM
      COMMAND ${CADENA_CCACHE} "${CADENA_NVCC}" -std=c++20 ${generate} ${CADENA_NVCC_FLAGS}
              -I "${CADENA_CUDA_ROOT}" -MD -MF "${object}.d" -c "${source}" -o "${object}")
    list(APPEND objects "${object}")
  endforeach()
  add_custom_target(${target}_nvcc DEPENDS ${objects})
  set_property(GLOBAL PROPERTY ${target}_nvcc_objects ${objects})
endfunction()

# cadena_add_kernel(target file… [EXECUTABLE]): a library, or a program, from .cu and .cpp files for the configured
# machine. Under the emulator also ${target}_microscope, where the microscope is there; with CADENA_NVCC_CHECK also
# ${target}_nvcc.
function(cadena_add_kernel target)
  cmake_parse_arguments(arg "EXECUTABLE" "" "" ${ARGN})
  set(files ${arg_UNPARSED_ARGUMENTS})
  set(kernels ${files})
  list(FILTER kernels INCLUDE REGEX "\\.cu$")
  cadena_cuda_sources(${kernels})
  cadena_kernel_target(${target} "${arg_EXECUTABLE}" ${files})
  if(CADENA_CUDA STREQUAL "emulated")
    if(TARGET cadena_microscope)
      set(kind "")
      if(NOT arg_EXECUTABLE)
        set(kind STATIC)  # as the microscope is: a program has its hooks once
      endif()
      cadena_kernel_target(${target}_microscope "${arg_EXECUTABLE}" ${kind} ${files})
      set_target_properties(${target}_microscope PROPERTIES EXCLUDE_FROM_ALL ON)
      cadena_put_under_microscope(${target}_microscope)
      if(arg_EXECUTABLE AND TARGET cadena_microscope_standalone)
        target_link_libraries(${target}_microscope PRIVATE cadena_microscope_standalone)  # the report when it ends
      endif()
    endif()
    list(FILTER kernels EXCLUDE REGEX "/hopper/")  # nvcc builds those for sm_90a alone
    cadena_nvcc_check(${target} ${kernels})
  endif()
endfunction()

# cadena_put_under_microscope(target): instruments the kernels in .cu files of an emulated target.
function(cadena_put_under_microscope target)
  set_target_properties(${target} PROPERTIES CADENA_MICROSCOPE ON)
  get_target_property(sources ${target} SOURCES)
  if(sources MATCHES "\\.cu(;|$)")
    target_compile_options(${target} PRIVATE ${CADENA_MICROSCOPE_FLAGS})
  endif()
  target_link_libraries(${target} PUBLIC cadena_microscope)
endfunction()

function(cadena_kernel_target target executable)
  if(executable)
    add_executable(${target} ${ARGN})
  else()
    add_library(${target} ${ARGN})
  endif()
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(CADENA_CUDA STREQUAL "gpu")
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${CADENA_NVCC_FLAGS}>")
  else()
    target_compile_options(${target} PRIVATE ${cadena_flags})
  endif()
  target_link_libraries(${target} PUBLIC cadena::cuda_runtime)
endfunction()
