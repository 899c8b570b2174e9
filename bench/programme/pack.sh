# shellcheck shell=bash
# Collects the libraries that Cadena is built on, as headers and sources: sourced by bench/gpu_programme.sh.

# pack DIR: from the packages of this machine (cmake/packages.txt). DIR then serves as CMAKE_PREFIX_PATH anywhere.
pack() {
  local into=$1 config
  local needs=(/usr/include/eigen3/Eigen /usr/include/nlohmann/json.hpp /usr/include/CLI/CLI.hpp /usr/include/fmt/format-inl.h
    /usr/src/googletest/googlemock/src/gmock-all.cc)
  for file in "${needs[@]}"; do
    [ -e "$file" ] || { echo "gpu_programme: there is no $file; ./cadena build installs the packages" >&2 && return 1; }
  done
  mkdir -p "$into/include" "$into/googletest" || return
  into=$(cd "$into" && pwd -P)
  mkdir -p "$into/include/eigen3"
  cp -r /usr/include/eigen3/Eigen /usr/include/eigen3/signature_of_eigen3_matrix_library "$into/include/eigen3/" || return
  cp -r /usr/include/nlohmann /usr/include/CLI /usr/include/fmt "$into/include/" || return
  for part in googletest googlemock; do
    cp -r --parents /usr/src/googletest/$part/include /usr/src/googletest/$part/src "$into/googletest/" || return
    rm -rf "${into:?}/googletest/$part" && mv "$into/googletest/usr/src/googletest/$part" "$into/googletest/$part" || return
  done
  rm -rf "$into/googletest/usr"

  for config in Eigen3 nlohmann_json CLI11 fmt GTest; do mkdir -p "$into/lib/cmake/$config"; done
  header_only "$into" Eigen3 Eigen3::Eigen include/eigen3
  header_only "$into" nlohmann_json nlohmann_json::nlohmann_json include
  header_only "$into" CLI11 CLI11::CLI11 include
  header_only "$into" fmt fmt::fmt include FMT_HEADER_ONLY
  cat >"$into/lib/cmake/GTest/GTestConfig.cmake" <<'CMAKE'
get_filename_component(_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
find_package(Threads REQUIRED)
if(NOT TARGET packed_gmock)
  foreach(part googletest googlemock)
    list(APPEND _include "${_root}/googletest/${part}/include")
    list(APPEND _private "${_root}/googletest/${part}")
  endforeach()
  add_library(packed_gmock STATIC "${_root}/googletest/googletest/src/gtest-all.cc" "${_root}/googletest/googlemock/src/gmock-all.cc")
  target_compile_features(packed_gmock PUBLIC cxx_std_14)
  target_include_directories(packed_gmock SYSTEM PUBLIC ${_include} PRIVATE ${_private})
  target_link_libraries(packed_gmock PUBLIC Threads::Threads)
  add_library(packed_gtest_main STATIC "${_root}/googletest/googletest/src/gtest_main.cc")
  target_link_libraries(packed_gtest_main PUBLIC packed_gmock)
  add_library(GTest::gtest ALIAS packed_gmock)
  add_library(GTest::gmock ALIAS packed_gmock)
  add_library(GTest::gtest_main ALIAS packed_gtest_main)
endif()
CMAKE
  du -sh "$into"
}

# header_only INTO NAME TARGET INCLUDE [DEFINITION]: a CMake package of headers alone.
header_only() {
  cat >"$1/lib/cmake/$2/$2Config.cmake" <<CMAKE
get_filename_component(_root "\${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET $3)
  add_library($3 INTERFACE IMPORTED GLOBAL)
  set_target_properties($3 PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "\${_root}/$4"${5:+
                        INTERFACE_COMPILE_DEFINITIONS "$5"})
endif()
CMAKE
}
