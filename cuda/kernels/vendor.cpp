#include "cuda/kernels/vendor.h"

#include <atomic>
#include <cstdlib>

#include "tensor/base/error.h"

namespace cadena::cuda {
namespace {

enum class Choice : int { from_environment, ladder, cublas };
std::atomic<Choice> multiplier{Choice::from_environment};
std::atomic<int> tf32{-1};  // 0 and 1 once it is set

/// `who` asks: the variable or the function.
Multiplier by_name(std::string_view who, std::string_view name) {
  if (name == "ladder") return Multiplier::ladder;
  if (name == "auto") return has_vendor_multiply() ? Multiplier::cublas : Multiplier::ladder;
  if (name != "cublas") fail<ValueError>(who, " is '", name, "', expected ladder, cublas or auto");
  if (!has_vendor_multiply()) {
    fail<DeviceError>(who, " is cublas, but there is no cuBLAS under the emulator; expected ladder or auto");
  }
  return Multiplier::cublas;
}

}  // namespace

Multiplier chosen_multiplier() {
  const Choice choice = multiplier;
  if (choice != Choice::from_environment) return choice == Choice::cublas ? Multiplier::cublas : Multiplier::ladder;
  const char* variable = std::getenv("CADENA_GEMM");
  return by_name("CADENA_GEMM", variable == nullptr ? "auto" : variable);
}

void choose_multiplier(std::string_view name) {
  if (name.empty()) multiplier = Choice::from_environment;
  else
    multiplier = by_name("choose_multiplier: the name", name) == Multiplier::cublas ? Choice::cublas : Choice::ladder;
}

bool is_tf32_allowed() {
  if (const int set = tf32; set >= 0) return set == 1;
  const char* variable = std::getenv("CADENA_TF32");
  const std::string_view choice = variable == nullptr ? "off" : variable;
  if (choice != "on" && choice != "off") fail<ValueError>("CADENA_TF32 is '", choice, "', expected on or off");
  return choice == "on";
}

void allow_tf32(bool allowed) { tf32 = allowed ? 1 : 0; }

}  // namespace cadena::cuda
