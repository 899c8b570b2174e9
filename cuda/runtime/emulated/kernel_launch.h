#pragma once

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cuda/runtime/emulated/api_types.h"
#include "cuda/runtime/emulated/qualifiers.h"

namespace cadena::cuda::emulated {

/// A kernel with its arguments: `run(arguments)` is what one GPU thread does. A launch on a created stream waits in a
/// queue, and keeps a copy.
struct Body {
  const void* kernel;
  void (*run)(const void* arguments);
  const void* arguments;
  size_t argument_bytes;
  std::shared_ptr<void> (*copy)(const void* arguments);
  const void* const* pointers;  // the arguments that are pointers, to be looked at before the launch
  int pointer_count;
};

cudaError_t submit(const cudaLaunchConfig_t& config, const Body& body);

/// The argument as an address where it is a pointer to an object, otherwise null.
template <class T>
const void* address_of_argument(const T& argument) {
  if constexpr (std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>) {
    return const_cast<const void*>(static_cast<const volatile void*>(argument));
  } else {
    return nullptr;
  }
}

}  // namespace cadena::cuda::emulated

/// Launches `kernel` on the grid of `config`. Every GPU thread gets its own copy of the arguments.
template <class... Parameters, class... Arguments>
CADENA_NOT_COUNTED inline cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config,
                                                         void (*kernel)(Parameters...), Arguments&&... arguments) {
  struct Call {
    void (*kernel)(Parameters...);
    std::tuple<std::remove_cv_t<std::remove_reference_t<Parameters>>...> arguments;
  };
  const Call call{kernel, {static_cast<Parameters>(arguments)...}};
  const void* pointers[sizeof...(Parameters) + 1];
  int count = 0;
  std::apply(
      [&](const auto&... each) { ((pointers[count++] = cadena::cuda::emulated::address_of_argument(each)), ...); },
      call.arguments);
  const cadena::cuda::emulated::Body body{
      reinterpret_cast<const void*>(kernel),
      [](const void* opaque) CADENA_NOT_COUNTED {
        const Call& own = *static_cast<const Call*>(opaque);
        std::apply([&](const auto&... each) CADENA_NOT_COUNTED { own.kernel(each...); }, own.arguments);
      },
      &call,
      sizeof(Call),
      [](const void* opaque) -> std::shared_ptr<void> {
        return std::make_shared<Call>(*static_cast<const Call*>(opaque));
      },
      pointers,
      count};
  return cadena::cuda::emulated::submit(*config, body);
}

/// The same with a pointer to each argument.
template <class... Parameters>
cudaError_t cudaLaunchKernel(void (*kernel)(Parameters...), dim3 grid, dim3 block, void** arguments,
                             size_t shared_bytes = 0, cudaStream_t stream = nullptr) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return cudaLaunchKernelEx(&config, kernel, *static_cast<std::remove_reference_t<Parameters>*>(arguments[i])...);
  }
  (std::index_sequence_for<Parameters...>());
}
