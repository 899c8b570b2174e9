#include "cuda/kernels/vendor.h"

#include <cstdlib>
#include <string>

#include "tensor/base/error.h"

namespace cadena::cuda {

Multiplier chosen_multiplier() {
  const char* variable = std::getenv("CADENA_GEMM");
  const std::string choice = variable == nullptr ? "auto" : variable;
  if (choice == "ladder") return Multiplier::ladder;
  if (choice == "auto") return has_vendor_multiply() ? Multiplier::cublas : Multiplier::ladder;
  if (choice != "cublas") fail<ValueError>("CADENA_GEMM is '", choice, "', expected ladder, cublas or auto");
  if (!has_vendor_multiply()) fail<DeviceError>("CADENA_GEMM is cublas, but this build runs on the emulator");
  return Multiplier::cublas;
}

}  // namespace cadena::cuda
