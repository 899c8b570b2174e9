# Installs libraries, headers under include/cadena/ (the tree of the repository) and the package find_package reads.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/cadena")

install(TARGETS ${cadena_libraries} cadena_labs cadena_cuda_runtime cadena_${CADENA_CUDA} EXPORT cadena
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET cadena_kernel_labs)
  install(TARGETS cadena_kernel_labs cadena_microscope EXPORT cadena ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(FILES "${PROJECT_BINARY_DIR}/lab/installed/kernels.rsp" DESTINATION "${CMAKE_INSTALL_DATADIR}/cadena/lab")
endif()
install(EXPORT cadena NAMESPACE cadena:: FILE cadenaTargets.cmake DESTINATION "${package}")
foreach(folder cuda tensor datasets autograd nn optim labs)
  if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}")
    install(DIRECTORY "${folder}" DESTINATION include/cadena FILES_MATCHING PATTERN "*.h" PATTERN "*.cuh")
  endif()
endforeach()
install(DIRECTORY data DESTINATION "${CMAKE_INSTALL_DATADIR}/cadena")
install(DIRECTORY tools/lab DESTINATION "${CMAKE_INSTALL_DATADIR}/cadena" PATTERN "__pycache__" EXCLUDE)
install(FILES "${PROJECT_BINARY_DIR}/lab/installed/toolchain.json" DESTINATION "${CMAKE_INSTALL_DATADIR}/cadena/lab")
install(DIRECTORY tutorials/ DESTINATION "${CMAKE_INSTALL_DATADIR}/cadena/lab/labs" OPTIONAL
        FILES_MATCHING PATTERN "lab.json" PATTERN "lab.h" PATTERN "lab.cpp" PATTERN "lab.cu" PATTERN "lab_test.cpp" PATTERN "*.inc")
install(FILES cadena.h DESTINATION include/cadena OPTIONAL)

configure_package_config_file(cmake/cadenaConfig.cmake.in "${PROJECT_BINARY_DIR}/cadenaConfig.cmake"
                              INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cadenaConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cadenaConfig.cmake" "${PROJECT_BINARY_DIR}/cadenaConfigVersion.cmake"
              cmake/CadenaCuda.cmake
        DESTINATION "${package}")
