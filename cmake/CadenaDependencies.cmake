# The libraries Cadena is built on: an installed one if there is one, otherwise fetched from its public repository.
# Eigen, nlohmann-json and libzip stay inside .cpp files; no public header includes them.
include(FetchContent)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# Fetches `name` where no installed package provides `target`. Further arguments go to FetchContent_Declare.
macro(cadena_dependency name target repository tag)
  if(NOT TARGET ${target})
    find_package(${name} QUIET)
  endif()
  if(NOT TARGET ${target})
    if(NOT CADENA_FETCH)
      message(FATAL_ERROR "${name} is not installed, and CADENA_FETCH is OFF. Install it (see cmake/packages.txt) "
                          "or name its folder in CMAKE_PREFIX_PATH.")
    endif()
    message(STATUS "${name} is not installed: fetching ${tag} from ${repository}")
    FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON ${ARGN})
    FetchContent_MakeAvailable(${name})
  endif()
endmacro()

# Eigen's own CMake builds thousands of tests; a folder it does not have keeps FetchContent from entering it.
cadena_dependency(Eigen3 Eigen3::Eigen https://gitlab.com/libeigen/eigen.git 3.4.0 SOURCE_SUBDIR headers-only)
if(NOT TARGET Eigen3::Eigen)
  add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
  target_include_directories(Eigen3::Eigen INTERFACE "${eigen3_SOURCE_DIR}")
endif()

set(JSON_Install OFF)
cadena_dependency(nlohmann_json nlohmann_json::nlohmann_json https://github.com/nlohmann/json.git v3.11.3)

# Not find_package(libzip): Debian's file for it refuses to load unless its command line tools are installed too.
set(cadena_zip OFF)
if(NOT CADENA_WITH_ZIP STREQUAL "OFF")
  find_path(CADENA_ZIP_INCLUDE zip.h)
  find_library(CADENA_ZIP_LIBRARY zip)
  if(CADENA_ZIP_INCLUDE AND CADENA_ZIP_LIBRARY)
    set(cadena_zip ON)
  elseif(CADENA_WITH_ZIP STREQUAL "ON")
    message(FATAL_ERROR "CADENA_WITH_ZIP is ON, but libzip was not found (Debian: libzip-dev)")
  endif()
endif()

if(CADENA_BUILD_EXAMPLES OR CADENA_BUILD_TESTS)
  cadena_dependency(CLI11 CLI11::CLI11 https://github.com/CLIUtils/CLI11.git v2.4.2)
  cadena_dependency(fmt fmt::fmt https://github.com/fmtlib/fmt.git 10.2.1)
endif()
if(CADENA_BUILD_TESTS)
  set(INSTALL_GTEST OFF)
  cadena_dependency(GTest GTest::gmock https://github.com/google/googletest.git v1.14.0)
endif()
if(CADENA_BUILD_BENCH)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  cadena_dependency(benchmark benchmark::benchmark https://github.com/google/benchmark.git v1.8.3)
endif()
