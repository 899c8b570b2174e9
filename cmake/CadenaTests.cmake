# One test program a layer from tests/LAYER/*.cpp, discovered by CTest under the label of the layer.
include(GoogleTest)

file(GLOB support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cpp")
foreach(layer base tensor datasets autograd nn optim demo)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${layer}/*.cpp")
  if(sources)
    set(target cadena_test_${layer})
    cadena_program(${target} ${sources} ${support})
    target_link_libraries(${target} PRIVATE GTest::gtest_main GTest::gmock)
    target_precompile_headers(${target} PRIVATE <gtest/gtest.h> <gmock/gmock.h>)
    gtest_discover_tests(${target} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" DISCOVERY_MODE PRE_TEST
                         PROPERTIES LABELS ${layer} TIMEOUT 300)
  endif()
endforeach()
