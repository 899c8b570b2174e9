#include "tensor/storage.h"

#include "cuda/kernels/memory.h"
#include "tensor/base/block_cache.h"
#include "tensor/base/pool.h"
#include "tensor/memory.h"

namespace cadena {
namespace {

thread_local std::size_t bytes_so_far = 0;

}  // namespace

std::size_t allocated_bytes() { return bytes_so_far; }

Storage::Storage(std::size_t size, Device where) : bytes(size), device(where), data(small_) {
  if (device.is_cuda()) data = cuda::allocate_on(device.index, bytes);
  else if (bytes > kSmall) data = block_allocate(bytes);
  bytes_so_far += bytes;
}

Storage::~Storage() {
  if (device.is_cuda()) cuda::release_on(device.index, data, bytes);
  else if (data != small_) block_free(data, bytes);
}

void Storage::destroy(Storage* storage) noexcept { pool_delete(storage); }

}  // namespace cadena
