#include "tensor/storage.h"

#include "tensor/base/error.h"
#include "tensor/base/pool.h"
#include "tensor/memory.h"

namespace cadena {
namespace {

thread_local std::size_t bytes_so_far = 0;

}  // namespace

std::size_t allocated_bytes() { return bytes_so_far; }

Storage::Storage(std::size_t size, Device where) : bytes(size), device(where), data(small_) {
  if (!device.is_cpu()) fail<DeviceError>("storage: this build has no CUDA backend, asked for ", device);
  if (bytes > kSmall) data = pool_allocate(bytes);
  bytes_so_far += bytes;
}

Storage::~Storage() {
  if (data != small_) pool_free(data, bytes);
}

void Storage::destroy(Storage* storage) noexcept { pool_delete(storage); }

}  // namespace cadena
