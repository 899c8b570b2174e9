#pragma once

#include <cuda_runtime.h>

#include <vector>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// Device memory of a test, filled from the host or not at all.
template <class T>
class DeviceVector {
 public:
  explicit DeviceVector(size_t size) : size_(size) {
    check(cudaMalloc(reinterpret_cast<void**>(&data_), size * sizeof(T)), "cudaMalloc");
  }
  explicit DeviceVector(const std::vector<T>& host) : DeviceVector(host.size()) {
    check(cudaMemcpy(data_, host.data(), size_ * sizeof(T), cudaMemcpyHostToDevice), "cudaMemcpy");
  }
  ~DeviceVector() { cudaFree(data_); }
  DeviceVector(const DeviceVector&) = delete;
  DeviceVector& operator=(const DeviceVector&) = delete;

  T* data() const { return data_; }
  size_t size() const { return size_; }
  std::vector<T> host() const {
    std::vector<T> copy(size_);
    check(cudaMemcpy(copy.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost), "cudaMemcpy");
    return copy;
  }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace cadena::cuda
