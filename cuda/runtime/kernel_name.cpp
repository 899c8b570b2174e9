#include "cuda/runtime/kernel_name.h"

#include <cuda_runtime.h>

#ifdef CADENA_EMULATED
#include "cuda/runtime/emulated/symbols.h"
#else
#include <cxxabi.h>

#include <cstdlib>
#endif

namespace cadena::cuda {

#ifdef CADENA_EMULATED

std::string kernel_name(const void* kernel) { return emulated::short_name(kernel); }

#else

std::string kernel_name(const void* kernel) {
  const char* mangled = nullptr;
  if (cudaFuncGetName(&mangled, kernel) != cudaSuccess || mangled == nullptr) return "unknown kernel";
  int status = 0;
  char* readable = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string name = status == 0 ? readable : mangled;
  std::free(readable);
  if (name.starts_with("void ")) name.erase(0, 5);
  const auto parameters = name.rfind('(');  // the parameters say nothing that the template arguments do not
  return parameters == std::string::npos ? name : name.substr(0, parameters);
}

#endif

}  // namespace cadena::cuda
