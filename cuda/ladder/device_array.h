// An array on the device, for tests and for the programs that run the ladders.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <vector>

#include "cuda/runtime/error.h"

namespace cadena::cuda::ladder {

/// A copy of `values` on the device, freed with the object; an allocation of its own, not a part of a pool, so that the
/// emulator sees every step over its end. Throws CudaError where there is no room.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values) : count_(values.size()) {
    check(cudaMalloc(&data_, bytes() > 0 ? bytes() : 1), "DeviceArray");
    check(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice), "DeviceArray");
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data_); }

  /// The first element, on the device.
  T* data() const { return data_; }
  /// How many bytes all elements take.
  std::size_t bytes() const { return count_ * sizeof(T); }
  /// Sets every bit, which is NaN in every floating-point type.
  void poison() const { check(cudaMemset(data_, 0xff, bytes()), "DeviceArray::poison"); }
  /// A copy on the host, after all work that was enqueued before.
  std::vector<T> to_host() const {
    std::vector<T> values(count_);
    check(cudaMemcpy(values.data(), data_, bytes(), cudaMemcpyDeviceToHost), "DeviceArray::to_host");
    return values;
  }

 private:
  std::size_t count_;
  T* data_ = nullptr;
};

}  // namespace cadena::cuda::ladder
