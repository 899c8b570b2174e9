#pragma once

#include <utility>

#include "tensor/base/counter.h"

namespace cadena {

/// Base of objects that count their references; `Ref` calls `T::destroy(T*)` when the last one goes.
struct Counted {
  Counter<int> references;  ///< how many `Ref` hold it
};

/// A counted pointer of one word. Unlike `std::shared_ptr` it needs no control block, so a tensor or a graph node is
/// one allocation.
template <class T>
class Ref {
 public:
  Ref() = default;
  /// One more reference to `object`, which may be null.
  explicit Ref(T* object) : object_(object) { retain(); }
  /// One more reference to the same object.
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  /// Takes over the reference of `other`, which is then empty.
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  /// Gives its own reference up for that of `other`.
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && object_->references.decrement() == 0) T::destroy(object_);
  }

  /// The object, still owned; null if there is none.
  T* get() const { return object_; }
  /// Members of the object, which must be there.
  T* operator->() const { return object_; }
  /// The object, which must be there.
  T& operator*() const { return *object_; }
  /// True if it holds an object.
  explicit operator bool() const { return object_ != nullptr; }
  /// True if both hold the same object.
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
