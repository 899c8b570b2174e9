#include "tensor/storage.h"

#include "tensor/base/error.h"
#include "tensor/base/pool.h"

namespace cadena {

Storage::Storage(std::size_t size, Device where) : bytes(size), device(where), data(small_) {
  if (!device.is_cpu()) fail<DeviceError>("storage: this build has no CUDA backend, asked for ", device);
  if (bytes > kSmall) data = pool_allocate(bytes);
}

Storage::~Storage() {
  if (data != small_) pool_free(data, bytes);
}

void Storage::destroy(Storage* storage) noexcept { pool_delete(storage); }

}  // namespace cadena
