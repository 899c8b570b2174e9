#pragma once

#include <cuda_runtime.h>

#include <vector>

#include "cuda/runtime/error.h"

namespace cadena::cuda::microscope::test {

/// Device memory for a kernel under test, with or without values. It is freed after the kernels have finished.
template <class T>
class Buffer {
 public:
  explicit Buffer(int count) { check(cudaMalloc(&data_, static_cast<size_t>(count) * sizeof(T)), "cudaMalloc"); }
  explicit Buffer(const std::vector<T>& values) : Buffer(static_cast<int>(values.size())) {
    check(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice), "cudaMemcpy");
  }
  Buffer(int count, T value) : Buffer(std::vector<T>(static_cast<size_t>(count), value)) {}
  ~Buffer() { cudaFree(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  T* get() const { return data_; }

 private:
  T* data_ = nullptr;
};

}  // namespace cadena::cuda::microscope::test
