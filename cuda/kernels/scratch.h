#pragma once

#include <utility>

#include "cuda/kernels/memory.h"
#include "cuda/runtime/launch.h"

namespace cadena::cuda {

/// Room for n values on the current device for as long as this object lives; kernels launched before its end may use
/// it.
template <class T>
class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(i64 n) : bytes_(static_cast<std::size_t>(n) * sizeof(T)) {
    if (bytes_ == 0) return;
    check(cudaGetDevice(&device_), "cudaGetDevice");
    data_ = static_cast<T*>(allocate_on(device_, bytes_));
  }
  Scratch(Scratch&& other) noexcept { swap(other); }
  Scratch& operator=(Scratch&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Scratch() {
    if (data_ != nullptr) release_on(device_, data_, bytes_);
  }

  T* data() const { return data_; }

 private:
  void swap(Scratch& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(bytes_, other.bytes_);
    std::swap(data_, other.data_);
  }

  int device_ = 0;
  std::size_t bytes_ = 0;
  T* data_ = nullptr;
};

}  // namespace cadena::cuda
