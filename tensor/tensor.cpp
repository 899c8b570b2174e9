#include "tensor/tensor.h"

#include <algorithm>

#include "cuda/kernels/memory.h"
#include "cuda/kernels/recording.h"
#include "tensor/base/error.h"
#include "tensor/base/pool.h"
#include "tensor/copy.h"
#include "tensor/footprint.h"

namespace cadena {
namespace {

/// True if all elements of the view that starts `offset` elements in lie among the first `capacity`.
bool lies_within(i64 capacity, i64 offset, const Shape& shape, const Strides& strides) {
  if (shape.numel() == 0) return true;
  i64 lowest = offset, highest = offset;
  for (int i = 0; i < shape.rank(); ++i) {
    i64 reach = 0;  // from the first element to the last along this axis
    i64& end = strides[i] < 0 ? lowest : highest;
    if (__builtin_mul_overflow(strides[i], shape[i] - 1, &reach) || __builtin_add_overflow(end, reach, &end)) {
      return false;
    }
  }
  return lowest >= 0 && highest < capacity;
}

/// Element `offset` of a tensor anywhere.
double load(const char* op, const Tensor& x, i64 offset) {
  if (x.device().is_cuda()) cuda::Recording::refuse(op);
  return by_dtype(op, x.dtype(), [&]<class T>() {
    const T* element = x.view().as<T>() + offset;
    T value{};
    if (x.device().is_cuda()) cuda::copy_to_host(&value, element, sizeof(T));
    else value = *element;
    return static_cast<double>(value);
  });
}

}  // namespace

void Tensor::Impl::destroy(Impl* impl) noexcept { pool_delete(impl); }

void Tensor::fail_undefined() {
  fail<ValueError>(
      "a tensor is not defined: nothing was assigned to it, or it is a gradient that no backward pass left");
}

Tensor::Tensor(Ref<Storage> storage, i64 offset, Shape shape, Strides strides, Dtype dtype) : impl_(pool_new<Impl>()) {
  check_shape("tensor", shape, dtype);
  if (strides.rank() != shape.rank()) fail<ShapeError>("tensor: shape ", shape, " with strides ", strides);
  const i64 capacity = static_cast<i64>(storage->bytes / size_of(dtype));
  if (!lies_within(capacity, offset, shape, strides)) {
    fail<ShapeError>("tensor: view of shape ", shape, " with strides ", strides, " at offset ", offset,
                     " reaches outside its storage of ", capacity, " elements");
  }
  impl_->storage = std::move(storage);
  impl_->offset = offset;
  impl_->numel = shape.numel();
  impl_->shape = std::move(shape);
  impl_->strides = std::move(strides);
  impl_->dtype = dtype;
}

Tensor empty(const Shape& shape, Dtype dtype, Device device, const char* op) {
  check_shape(op, shape, dtype);
  Ref<Tensor::Impl> impl(pool_new<Tensor::Impl>());
  impl->numel = shape.numel();
  try {
    impl->storage = Ref<Storage>(pool_new<Storage>(static_cast<std::size_t>(impl->numel) * size_of(dtype), device));
  } catch (const MemoryError& error) {
    fail<MemoryError>(op, ": no room for shape ", shape, " of ", dtype, ": ", error.what());
  } catch (const DeviceError& error) {
    fail<DeviceError>(op, ": cannot allocate shape ", shape, " of ", dtype, ": ", error.what());
  }
  impl->shape = shape;
  impl->strides = row_major(shape);
  impl->dtype = dtype;
  return Tensor(std::move(impl));
}

Tensor empty_like(const Tensor& x, const char* op) { return empty(x.shape(), x.dtype(), x.device(), op); }

Tensor as_strided(const Tensor& x, Shape shape, Strides strides, i64 offset) {
  Ref<Tensor::Impl> impl(pool_new<Tensor::Impl>());
  impl->storage = x.storage();
  impl->offset = offset;
  impl->numel = shape.numel();
  impl->shape = std::move(shape);
  impl->strides = std::move(strides);
  impl->dtype = x.dtype();
  return Tensor(std::move(impl));
}

i64 Tensor::size(int axis) const { return shape()[normalize_axis("size", axis, shape())]; }

View Tensor::view() const {
  const Impl& impl = this->impl();
  if (Footprint::is_collecting() && device().is_cuda()) Footprint::note(*this, false);
  auto* first = static_cast<std::byte*>(impl.storage->data) + impl.offset * static_cast<i64>(size_of(impl.dtype));
  return {first, impl.dtype, impl.shape.rank(), impl.shape.begin(), impl.strides.begin()};
}

double Tensor::item() const {
  if (numel() != 1) fail<ShapeError>("item: expected exactly one element, shape is ", shape());
  return load("item", *this, 0);
}

double Tensor::at(std::initializer_list<i64> index) const {
  if (static_cast<int>(index.size()) != rank()) {
    fail<ShapeError>("at: ", index.size(), " indices for shape ", shape());
  }
  i64 offset = 0;
  int axis = 0;
  for (i64 i : index) {
    const i64 extent = shape()[axis];
    if (i < -extent || i >= extent)
      fail<IndexError>("at: index ", i, " is out of range for axis ", axis, " of shape ", shape());
    offset += (i < 0 ? i + extent : i) * strides()[axis];
    ++axis;
  }
  return load("at", *this, offset);
}

std::vector<double> Tensor::to_vector() const {
  if (device().is_cuda()) cuda::Recording::refuse("to_vector");
  if (!device().is_cpu()) return to(*this, Device::cpu()).to_vector();
  std::vector<double> values(static_cast<std::size_t>(numel()));
  Dims index = Dims::filled(rank(), 0);
  i64 offset = 0;
  for (double& value : values) {
    value = load("to_vector", *this, offset);
    for (int i = rank() - 1; i >= 0; --i) {  // the next index, like an odometer
      offset += strides()[i];
      if (++index[i] < shape()[i]) break;
      offset -= strides()[i] * shape()[i];
      index[i] = 0;
    }
  }
  return values;
}

void Tensor::begin_write(const char* op) const {
  for (int i = 0; i < rank(); ++i) {
    if (strides()[i] == 0 && shape()[i] > 1) {
      fail<Error>(op, ": cannot write in place through a broadcast view of shape ", shape(), " with strides ",
                  strides());
    }
  }
  if (Footprint::is_collecting() && device().is_cuda()) Footprint::note(*this, true);
  storage()->version.increment();
}

void Tensor::check_access(Dtype dtype) const {
  if (dtype != impl().dtype) fail<DtypeError>("data: dtype is ", impl().dtype, ", asked for ", dtype);
  if (!device().is_cpu()) fail<DeviceError>("data: the tensor is on ", device(), ", not on the cpu");
}

void check_on_cpu(Device device) {
  if (!device.is_cpu()) fail<DeviceError>("this operation has no kernel for ", device, ": use to(x, Device::cpu())");
}

void check_same(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) fail<DtypeError>(op, ": dtypes differ: ", a.dtype(), " and ", b.dtype());
  if (a.device() != b.device()) fail<DeviceError>(op, ": devices differ: ", a.device(), " and ", b.device());
}

}  // namespace cadena
