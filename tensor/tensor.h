#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "tensor/base/device.h"
#include "tensor/base/dtype.h"
#include "tensor/base/ref.h"
#include "tensor/base/shape.h"
#include "tensor/base/view.h"
#include "tensor/storage.h"

namespace cadena {

/// A rectangular array of values: shared storage seen through an offset, a shape and strides. A handle of one word;
/// copies share the values, and views (transpose, slice, broadcast_to …) cost no copy.
class Tensor {
 public:
  /// No tensor at all: `defined()` is false, and whatever asks for more than that throws ValueError.
  Tensor() = default;

  /// The view of `storage` that starts `offset` elements in. Throws ShapeError if it reaches outside or lacks a stride.
  Tensor(Ref<Storage> storage, i64 offset, Shape shape, Strides strides, Dtype dtype);

  /// False for a tensor made without values.
  bool defined() const { return static_cast<bool>(impl_); }
  /// Extents along the axes.
  const Shape& shape() const { return impl().shape; }
  /// Elements between neighbours along each axis; 0 for a broadcast axis, negative for a flipped one.
  const Strides& strides() const { return impl().strides; }
  /// Number of axes.
  int rank() const { return impl().shape.rank(); }
  /// Number of elements: the product of the extents.
  i64 numel() const { return impl().numel; }
  /// What an element is.
  Dtype dtype() const { return impl().dtype; }
  /// Where the values live.
  Device device() const { return impl().storage->device; }
  /// Elements of the storage before the first one of this view.
  i64 offset() const { return impl().offset; }
  /// The memory behind it, shared with every view of it.
  const Ref<Storage>& storage() const { return impl().storage; }

  /// Extent of one axis; negative axes count from the end. Throws ShapeError out of range.
  i64 size(int axis) const;

  /// True if the elements follow each other in row-major order without gaps.
  bool is_contiguous() const { return view().is_contiguous(); }

  /// Address of the first element, on the CPU. Throws DtypeError if T is not the dtype, DeviceError off the CPU.
  template <class T>
  const T* data() const {
    check_access(dtype_of<T>);
    return view().as<T>();
  }

  /// The same for writing: it counts as a write in place. Throws Error for a broadcast view, as `begin_write` does.
  template <class T>
  T* mutable_data() const {
    check_access(dtype_of<T>);
    begin_write("mutable_data");
    return view().as<T>();
  }

  /// The one element as a double. Throws ShapeError unless there is exactly one.
  double item() const;
  /// The element at `index`, as a double; negative indices count from the end. Throws IndexError, ShapeError.
  double at(std::initializer_list<i64> index) const;
  /// All elements in row-major order, as doubles.
  std::vector<double> to_vector() const;

  /// What kernels take. Valid while this tensor lives.
  View view() const;
  /// `view()`, so that a tensor can be handed to a kernel as it is.
  operator View() const { return view(); }

  /// Number of writes in place that the storage has seen.
  std::uint32_t version() const { return impl().storage->version.value(); }

  /// Announces a write in place by `op`: bumps the version. Throws Error for a broadcast view, whose elements overlap.
  void begin_write(const char* op) const;

  /// True if no other tensor or view shares these values.
  bool is_sole_owner() const { return impl().storage.is_unique() && impl_.is_unique(); }

  /// True if both are the same view object (not merely equal values).
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

 private:
  struct Impl : Counted {
    Ref<Storage> storage;
    i64 offset = 0;
    i64 numel = 0;
    Shape shape;
    Strides strides;
    Dtype dtype = Dtype::f32;
    static void destroy(Impl* impl) noexcept;
  };

  explicit Tensor(Ref<Impl> impl) : impl_(std::move(impl)) {}
  friend Tensor empty(const Shape&, Dtype, Device, const char*);
  friend Tensor as_strided(const Tensor&, Shape, Strides, i64);

  void check_access(Dtype dtype) const;

  const Impl& impl() const {
    if (!impl_) [[unlikely]]
      fail_undefined();
    return *impl_;
  }
  [[noreturn]] static void fail_undefined();

  Ref<Impl> impl_;
};

/// Uninitialised values, row-major. Throws ShapeError for a negative extent or more bytes than an address can count;
/// MemoryError, or DeviceError where the device cannot be had or is full, with shape and dtype and the name of `op`,
/// which is the function that calls.
Tensor empty(const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu(),
             const char* op = __builtin_FUNCTION());

/// Uninitialised values with the shape, dtype and device of x.
Tensor empty_like(const Tensor& x, const char* op = __builtin_FUNCTION());

/// The same storage seen with another shape and strides, starting `offset` elements into the storage.
/// Trusts its caller: views are made by the functions of `tensor/views.h`, which check.
Tensor as_strided(const Tensor& x, Shape shape, Strides strides, i64 offset);

/// Throws DtypeError or DeviceError naming `op` unless both operands agree in dtype and device.
void check_same(const char* op, const Tensor& a, const Tensor& b);

/// Throws DeviceError unless `device` is the CPU.
void check_on_cpu(Device device);

/// Picks the kernel for a device: `on(x.device(), cpu::softmax, cuda::softmax)(y, x, axis)`. This is the whole dispatch
/// mechanism.
template <class Kernel>
Kernel on(Device device, Kernel cpu_kernel, std::type_identity_t<Kernel> cuda_kernel) {
  return device.is_cpu() ? cpu_kernel : cuda_kernel;
}

/// The same for a kernel that exists on the CPU only. Throws DeviceError on any other device.
template <class Kernel>
Kernel on(Device device, Kernel cpu_kernel) {
  check_on_cpu(device);
  return cpu_kernel;
}

}  // namespace cadena
