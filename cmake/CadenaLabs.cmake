# What tools/lab needs to compile and link a hand-in: a file beside the library that names compiler, headers and
# archives; @ROOT@ in it is the folder that it lies in.
set(layers base tensor datasets autograd nn optim labs)
set(archives "")
set(installed "")
foreach(layer IN LISTS layers ITEMS ${CADENA_CUDA} cuda_runtime)
  get_target_property(type cadena_${layer} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    list(APPEND archives "\"$<TARGET_FILE:cadena_${layer}>\"")
    list(APPEND installed "\"@ROOT@/../../../${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:cadena_${layer}>\"")
    if(type STREQUAL "SHARED_LIBRARY")
      list(APPEND archives "\"-Wl,-rpath,$<TARGET_FILE_DIR:cadena_${layer}>\"")
      list(APPEND installed "\"-Wl,-rpath,${CMAKE_INSTALL_FULL_LIBDIR}\"")
    endif()
  endif()
endforeach()
if(cadena_zip)
  list(APPEND archives "\"${CADENA_ZIP_LIBRARY}\"")
  list(APPEND installed "\"${CADENA_ZIP_LIBRARY}\"")
endif()
list(JOIN archives ", " archives)
list(JOIN installed ", " installed)
string(CONCAT head "{\"version\": \"${PROJECT_VERSION}\", \"compiler\": [\"${CMAKE_CXX_COMPILER}\", \"c++\", \"g++\"],\n")
file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/lab/toolchain.json"
     CONTENT "${head} \"include\": [\"${PROJECT_SOURCE_DIR}\"],\n \"libraries\": [${archives}]}\n")
file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/lab/installed/toolchain.json"
     CONTENT "${head} \"include\": [\"@ROOT@/../../../include/cadena\"],\n \"libraries\": [${installed}]}\n")

# all_libraries: everything a hand-in is linked against.
add_custom_target(all_libraries)
foreach(layer IN LISTS layers ITEMS ${CADENA_CUDA} cuda_runtime)
  add_dependencies(all_libraries cadena_${layer})
endforeach()
