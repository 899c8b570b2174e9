# Toolchain: programs for 64-bit ARM, built and (by qemu) tested on another machine. tools/arm_libraries.sh fetches the
# libraries that are not headers alone into CADENA_ARM_LIBRARIES.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/../tools/arm_run.sh")
list(APPEND CMAKE_PREFIX_PATH "${CMAKE_CURRENT_LIST_DIR}/../build/arm-libraries/usr")
