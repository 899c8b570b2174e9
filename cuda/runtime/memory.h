#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cuda/runtime/error.h"

namespace cadena::cuda {

/// Device memory that is usable in `stream` from here on; null for 0 bytes. It comes from the driver's pool, which
/// keeps what is released, so that no call waits for the device after the first steps; where it has no room, the call
/// waits until all that was released is free, empties the cache and tries again. Throws CudaError naming bytes, device,
/// what is left and what to do where memory is short.
void* allocate(size_t bytes, cudaStream_t stream = nullptr, Location where = Location::here());

/// Device memory that every stream may use at once, for long: null for 0 bytes. It does not come from the pool, may
/// wait for the device, and can be had while this thread captures `stream`, whose graph then knows nothing of it.
/// Throws CudaError like allocate().
void* allocate_lasting(size_t bytes, cudaStream_t stream = nullptr, Location where = Location::here());

/// Gives memory of allocate_lasting() back; waits for the device. Never throws.
void release_lasting(void* memory) noexcept;

/// Gives memory of allocate() back once `stream` has come here. Never throws: what goes wrong is told by the next call.
void release(void* memory, cudaStream_t stream = nullptr) noexcept;

/// `size` numbers in device memory, released with it.
template <class T>
class DeviceBuffer {
 public:
  /// Without values. Under the emulator they are NaN until they are written.
  explicit DeviceBuffer(size_t size, cudaStream_t stream = nullptr)
      : data_(static_cast<T*>(allocate(size * sizeof(T), stream))), size_(size), stream_(stream) {}
  /// With the values of `host`.
  explicit DeviceBuffer(std::span<const T> host, cudaStream_t stream = nullptr) : DeviceBuffer(host.size(), stream) {
    copy_from(host);
  }
  explicit DeviceBuffer(const std::vector<T>& host, cudaStream_t stream = nullptr)
      : DeviceBuffer(std::span<const T>(host), stream) {}
  ~DeviceBuffer() { release(data_, stream_); }
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), stream_(other.stream_) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(stream_, other.stream_);
    return *this;
  }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  /// The device address: host code must not look there.
  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }

  /// Copies size() values from the host. Throws CudaError where `host` has another size.
  void copy_from(std::span<const T> host, Location where = Location::here()) {
    require_size(host.size(), where);
    check(cudaMemcpyAsync(data_, host.data(), size_ * sizeof(T), cudaMemcpyHostToDevice, stream_),
          "DeviceBuffer::copy_from", where);
  }
  /// The values, once everything in the stream is done. Throws CudaError where a kernel has failed.
  std::vector<T> to_host(Location where = Location::here()) const {
    std::vector<T> host(size_);
    check(cudaMemcpyAsync(host.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost, stream_),
          "DeviceBuffer::to_host", where);
    check(cudaStreamSynchronize(stream_), "DeviceBuffer::to_host", where);
    return host;
  }

 private:
  void require_size(size_t size, Location where) const {
    if (size == size_) return;
    throw CudaError(cudaErrorInvalidValue,
                    "DeviceBuffer: " + std::to_string(size) + " values for a buffer of " + std::to_string(size_),
                    where);
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  cudaStream_t stream_ = nullptr;
};

/// `size` numbers in host memory that the device reads and writes while the host goes on (page-locked).
template <class T>
class PinnedBuffer {
 public:
  /// Throws CudaError where memory is short.
  explicit PinnedBuffer(size_t size) : size_(size) {
    void* memory = nullptr;
    if (size > 0) check(cudaMallocHost(&memory, size * sizeof(T)), "PinnedBuffer");
    data_ = static_cast<T*>(memory);
  }
  ~PinnedBuffer() {
    if (data_ != nullptr) cudaFreeHost(data_);
  }
  PinnedBuffer(PinnedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace cadena::cuda
