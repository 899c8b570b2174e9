#pragma once

#include <utility>

#include "tensor/base/counter.h"

namespace cadena {

/// Base of objects that count their references; `Ref` calls `T::destroy(T*)` when the last one goes.
struct Counted {
  Counter<int> references;
};

/// A counted pointer of one word. Unlike `std::shared_ptr` it needs no control block, so a tensor or a graph node is
/// one allocation.
template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) { retain(); }
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && object_->references.decrement() == 0) T::destroy(object_);
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

  /// True if nobody else holds the object.
  bool is_unique() const { return object_->references.value() == 1; }

 private:
  void retain() {
    if (object_ != nullptr) object_->references.increment();
  }

  T* object_ = nullptr;
};

}  // namespace cadena
