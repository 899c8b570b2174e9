#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "tensor/base/error.h"
#include "tensor/base/ref.h"

namespace cadena {

/// A function value; see the specialization for R(A…).
template <class Signature>
class Callable;

/// Anything that can be called as R(A…), held by value: a function, a lambda, an object. It stands for `std::function`,
/// whose header would be the most expensive part of `cadena.h`; unlike there, copies share what they hold.
template <class R, class... A>
class Callable<R(A...)> {
 public:
  /// Holds nothing. Calling it throws ValueError.
  Callable() = default;
  /// Holds nothing, as a default argument says it.
  Callable(std::nullptr_t) {}

  /// Holds a copy of `f`, or what it is moved from.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Callable> && std::is_invocable_r_v<R, std::decay_t<F>&, A...>)
      Callable(F&& f)
      : held_(new Held<std::decay_t<F>>(std::forward<F>(f))) {}

  /// True if it holds something.
  explicit operator bool() const { return static_cast<bool>(held_); }

  /// Calls what it holds. Throws ValueError if that is nothing.
  R operator()(A... arguments) const {
    if (!held_) fail<ValueError>("a function that holds nothing was called");
    return held_->call(std::forward<A>(arguments)...);
  }

 private:
  struct Base : Counted {
    virtual ~Base() = default;
    virtual R call(A... arguments) = 0;
    static void destroy(Base* base) noexcept { delete base; }
  };

  template <class F>
  struct Held final : Base {
    F f;
    explicit Held(F&& object) : f(std::move(object)) {}
    explicit Held(const F& object) : f(object) {}
    R call(A... arguments) override { return static_cast<R>(f(std::forward<A>(arguments)...)); }
  };

  Ref<Base> held_;
};

}  // namespace cadena
