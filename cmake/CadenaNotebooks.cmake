# The process that cells of notebooks run in, tools/notebook: it holds the whole library and exports it, for a cell is
# compiled into a shared object that finds everything there. How cells are compiled stands in notebook/toolchain.json.
if(BUILD_SHARED_LIBS OR CADENA_SANITIZE OR CADENA_COVERAGE OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  return()
endif()
set(libraries base tensor datasets autograd nn optim ${CADENA_CUDA} cuda_runtime tutorial_parts)
list(TRANSFORM libraries PREPEND cadena_)
set(archives "")
foreach(library ${libraries} fmt::fmt)
  get_target_property(type ${library} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    list(APPEND archives $<TARGET_FILE:${library}>)
  endif()
endforeach()
add_executable(cadena_notebook "${PROJECT_SOURCE_DIR}/tools/notebook/host.cpp")
cadena_compile(cadena_notebook)
cadena_use(cadena_notebook json)
target_link_libraries(cadena_notebook PRIVATE -Wl,--whole-archive ${archives} -Wl,--no-whole-archive
                                              cadena_tutorial_parts cadena::cadena cadena::kernels fmt::fmt ${CMAKE_DL_LIBS})
set_target_properties(cadena_notebook PROPERTIES ENABLE_EXPORTS ON RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

set(machine ${cadena_flags})
list(FILTER machine INCLUDE REGEX "^-m")
set(include "$<TARGET_PROPERTY:cadena_notebook,INCLUDE_DIRECTORIES>")
set(define "$<TARGET_PROPERTY:cadena_notebook,COMPILE_DEFINITIONS>")
file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/notebook/toolchain.json" CONTENT "{
 \"compiler\": \"${CMAKE_CXX_COMPILER}\",
 \"objcopy\": \"${CMAKE_OBJCOPY}\",
 \"flags\": \"${machine}\",
 \"include\": \"${include}\",
 \"define\": \"${define}\",
 \"host\": \"$<TARGET_FILE:cadena_notebook>\"
}
")
