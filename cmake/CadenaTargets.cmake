# Functions that turn folders into targets. Every folder is globbed: a new file needs no edit here.

# Gives `target` the language level and flags of this project.
function(cadena_compile target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${cadena_flags}>"
                                           "$<$<COMPILE_LANGUAGE:CUDA>:${CADENA_NVCC_FLAGS}>")
endfunction()

# cadena_layer(name FOLDER folder [EXCEPT folder…] [DEPENDS layer…] [USES eigen json zip])
# Makes cadena::name from every .cpp below the folder; an interface library while there is none.
function(cadena_layer name)
  cmake_parse_arguments(arg "" "FOLDER" "EXCEPT;DEPENDS;USES" ${ARGN})
  set(target cadena_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${arg_FOLDER}/*.cpp")
  foreach(folder IN LISTS arg_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "^${PROJECT_SOURCE_DIR}/${folder}/")
  endforeach()

  list(TRANSFORM arg_DEPENDS PREPEND cadena_ OUTPUT_VARIABLE below)
  if(sources)
    add_library(${target} ${sources})
    set(scope PUBLIC)
    cadena_compile(${target})
    cadena_use(${target} ${arg_USES})
    target_link_libraries(${target} PUBLIC Threads::Threads)
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_compile_features(${target} INTERFACE cxx_std_20)
  endif()
  target_link_libraries(${target} ${scope} ${below})
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                $<INSTALL_INTERFACE:include/cadena>)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  add_library(cadena::${name} ALIAS ${target})
endfunction()

# Lets the sources of `target`, and only these, use header-only libraries; clients of the package never need them.
function(cadena_use target)
  if("eigen" IN_LIST ARGN)
    target_include_directories(${target} SYSTEM PRIVATE
                               $<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(${target} PRIVATE EIGEN_DONT_PARALLELIZE)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # Its own AVX-512 headers read `__Y = __Y` (GCC bug 105593); Clang and newer GCC keep looking.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-uninitialized)
    endif()
  endif()
  if("json" IN_LIST ARGN)
    target_include_directories(${target} SYSTEM PRIVATE
                               $<TARGET_PROPERTY:nlohmann_json::nlohmann_json,INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
  if("zip" IN_LIST ARGN AND cadena_zip)
    target_include_directories(${target} SYSTEM PRIVATE "${CADENA_ZIP_INCLUDE}")
    target_link_libraries(${target} PRIVATE "${CADENA_ZIP_LIBRARY}")
    target_compile_definitions(${target} PRIVATE CADENA_HAS_ZIP)
  endif()
endfunction()

# Makes cadena::cadena, which links every layer.
function(cadena_umbrella)
  list(TRANSFORM ARGN PREPEND cadena_ OUTPUT_VARIABLE layers)
  add_library(cadena INTERFACE)
  target_link_libraries(cadena INTERFACE ${layers})
  add_library(cadena::cadena ALIAS cadena)
  set(cadena_libraries cadena ${layers} PARENT_SCOPE)
endfunction()

# cadena_program(name source…): an executable that links everything a program of this project may use.
function(cadena_program name)
  add_executable(${name} ${ARGN})
  cadena_compile(${name})
  target_link_libraries(${name} PRIVATE cadena::cadena CLI11::CLI11 fmt::fmt)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()

# The demo (demo/*.cpp), the tools (tools/NAME.cpp), and gpt_training (bench/training), which needs no Google Benchmark.
function(cadena_programs)
  file(GLOB demo CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/demo/*.cpp")
  if(demo)
    # All but main() is an object library, which the tests link too.
    list(FILTER demo EXCLUDE REGEX "/main\\.cpp$")
    add_library(cadena_demo_parts OBJECT ${demo})
    cadena_compile(cadena_demo_parts)
    target_link_libraries(cadena_demo_parts PUBLIC cadena::cadena)
    target_compile_definitions(cadena_demo_parts PRIVATE "CADENA_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
    cadena_program(cadena_demo "${PROJECT_SOURCE_DIR}/demo/main.cpp")
    target_link_libraries(cadena_demo PRIVATE cadena_demo_parts)
  endif()
  file(GLOB tools CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/*.cpp")
  foreach(source IN LISTS tools)
    get_filename_component(name "${source}" NAME_WE)
    cadena_program(${name} "${source}")
  endforeach()
  file(GLOB training CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/training/*.cpp")
  cadena_program(gpt_training ${training})
  cadena_use(gpt_training json)
endfunction()

# The chapters: tutorials/NN_name/example.cpp becomes the program NN_name_example; what the example shares with the
# chapter's tests, any other .cpp, becomes cadena_tutorial_parts. Labs are built by cmake/CadenaLabs.cmake.
function(cadena_tutorials)
  file(GLOB support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tutorials/support/*.cpp")
  list(FILTER support EXCLUDE REGEX "(/claim|_test)\\.cpp$")  # for tests
  file(GLOB parts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tutorials/[0-9]*/*.cpp")
  set(examples ${parts})
  list(FILTER examples INCLUDE REGEX "/example\\.cpp$")
  list(FILTER parts EXCLUDE REGEX "(/example|/lab|_test)\\.cpp$")
  add_library(cadena_tutorial_parts STATIC ${support} ${parts})
  cadena_compile(cadena_tutorial_parts)
  cadena_use(cadena_tutorial_parts json)
  target_link_libraries(cadena_tutorial_parts PUBLIC cadena::cadena fmt::fmt PRIVATE CLI11::CLI11)
  target_compile_definitions(cadena_tutorial_parts PRIVATE "CADENA_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  foreach(source IN LISTS examples)
    string(REGEX MATCH "tutorials/([^/]+)/" unused "${source}")
    cadena_program(${CMAKE_MATCH_1}_example "${source}")
    target_link_libraries(${CMAKE_MATCH_1}_example PRIVATE cadena_tutorial_parts)
  endforeach()
endfunction()

# One benchmark program from bench/*.cpp.
function(cadena_benchmarks)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cpp")
  if(sources)
    cadena_program(cadena_bench ${sources})
    target_link_libraries(cadena_bench PRIVATE benchmark::benchmark_main)
  endif()
endfunction()
