#include "cuda/kernels/select_device.h"

#include <cuda_runtime.h>

#include <string>

#include "cuda/runtime/device.h"
#include "cuda/runtime/error.h"
#include "tensor/base/error.h"

namespace cadena::cuda {

void select_device(int index) {
  static const int count = device_count();
  if (count == 0) {
    int none = 0;
    fail<DeviceError>("there is no device cuda:", index, ": ", explain(cudaGetDeviceCount(&none)));
  }
  if (index < 0 || index >= count) {
    fail<DeviceError>("there is no device cuda:", index, ", only ", device_name(0),
                      count > 1 ? " to cuda:" + std::to_string(count - 1) : "");
  }
  if (const cudaError_t error = cudaSetDevice(index); error != cudaSuccess) {
    fail<cadena::CudaError>("cudaSetDevice: ", explain(error));
  }
}

}  // namespace cadena::cuda
