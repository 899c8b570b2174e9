#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace cadena {

template <class Signature>
class FunctionRef;

/// A callable that is called only while its caller waits, as a parameter of functions: two pointers, which copy nothing
/// and allocate nothing. It lets a loop be compiled once for all bodies. What it refers to must live as long as it is
/// called.
template <class R, class... Arguments>
class FunctionRef<R(Arguments...)> {
 public:
  /// Refers to `f`; implicit, so that a lambda can be passed.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_object_v<std::remove_reference_t<F>> &&
           std::is_invocable_r_v<R, F&, Arguments...>) FunctionRef(F&& f)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Arguments... arguments) -> R {
          return static_cast<R>(
              (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Arguments>(arguments)...));
        }) {}

  /// What the callable returns for these arguments.
  R operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_;
  R (*call_)(void*, Arguments...);
};

}  // namespace cadena
