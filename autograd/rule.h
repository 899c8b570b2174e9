#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/node.h"
#include "tensor/base/error.h"

/// The words in which derivative rules are written. A rule names by type what it reads, and the node saves exactly
/// that:
///
///     Variable vjp(Wrt<0>, Cot dy, Arg<1> b) const { return dy * b; }
namespace cadena {

/// Which argument a rule differentiates with respect to. Variadic ops use `WrtAny`, whose index is known at run time.
template <int I>
struct Wrt {};
/// An argument of a variadic op.
struct WrtAny {
  int index;  ///< which argument, counted from 0
};

/// Which cotangents the fused rule `vjp_all` is asked for. It returns an array with a Tensor for each of them:
///
///     std::array<Tensor, 2> vjp_all(Mask<2> wanted, Cot dy, Arg<0> a, Arg<1> b) const;
///
/// It serves passes that are not differentiated again; there the rules for one argument each take over.
template <int N>
struct Mask : std::array<bool, static_cast<std::size_t>(N)> {};

/// Where a rule adds a cotangent that touches only a part of its argument (a slice, some rows), instead of returning it
/// padded with zeros: `void vjp_into(Into into, Cot dy, Arg<1> index) const`. The buffer has the argument's shape; its
/// dtype is the argument's, or f32 where that is f16 or bf16. Serves passes that are not differentiated again.
struct Into {
  int input;      ///< the argument whose cotangent it is
  Tensor buffer;  ///< what to add into
};

/// The tangents of all arguments of a variadic op, undefined where zero. A variadic op may add the rule
/// `Variable jvp_all(Tans dx, ArgMetas parts) const`, which pushes them forward at once: a sum over arguments of
/// results as long as all of them together would cost the square of their number. Unlike `vjp_all` it serves every
/// pass.
struct Tans : std::span<const Variable> {};

/// The cotangent \f$ \bar y \f$ of an op's only output.
struct Cot : Variable {
  /// Names v as the cotangent.
  explicit Cot(Variable v) : Variable(std::move(v)) {}
};

/// The cotangent of output K of an op with several; zeros where nothing flowed back.
template <int K>
struct CotOf : Variable {
  /// Names v as the cotangent of output K.
  explicit CotOf(Variable v) : Variable(std::move(v)) {}
};

/// The cotangents of all outputs, for ops whose number of outputs is known at run time.
struct Cots : std::vector<Variable> {
  using std::vector<Variable>::vector;
};

/// The tangent \f$ \dot x_I \f$ of argument I (of the argument named by `WrtAny` for variadic ops: `Tan<-1>`).
template <int I>
struct Tan : Variable {
  /// Names v as the tangent of argument I.
  explicit Tan(Variable v) : Variable(std::move(v)) {}
};

/// The value of argument I.
template <int I>
struct Arg : Variable {
  /// Names v as the value of argument I.
  explicit Arg(Variable v) : Variable(std::move(v)) {}
};

/// The value of output K.
template <int K = 0>
struct Res : Variable {
  /// Names v as the value of output K.
  explicit Res(Variable v) : Variable(std::move(v)) {}
};

/// Shape, dtype and device of argument I, without its value.
template <int I>
struct ArgMeta : Meta {
  /// Names m as what is known of argument I.
  explicit ArgMeta(Meta m) : Meta(std::move(m)) {}
};

/// Shapes, dtypes and devices of all arguments of a variadic op.
struct ArgMetas : std::span<const Meta> {};

/// Lists arguments (`using constants = Constant<1>`) or outputs (`using constant_outputs = Constant<1, 2>`) through
/// which nothing is differentiated: integer targets, masks, saved statistics.
template <int... I>
struct Constant {
  /// True if i is listed.
  static constexpr bool contains(int i) { return ((i == I) || ...); }
};

/// What a rule may read, in one place: what the node saved, and the vector it is applied to.
struct RuleContext {
  std::span<const Variable> args;        ///< undefined where the node did not save the value
  std::span<const Variable> results;     ///< the same for outputs
  std::span<const Meta> arg_metas;       ///< shape, dtype and device of each argument
  std::span<const Meta> result_metas;    ///< the same for outputs
  std::span<const Variable> cotangents;  ///< one per output, undefined where zero
  Variable tangent;                      ///< of the argument that a JVP rule is applied to

  /// The value of argument i, if the node saved it.
  const Variable& arg(int i) const { return args[static_cast<std::size_t>(i)]; }
  /// The value of output k, if the node saved it.
  const Variable& res(int k = 0) const { return results[static_cast<std::size_t>(k)]; }
  /// Shape, dtype and device of argument i.
  const Meta& meta(int i) const { return arg_metas[static_cast<std::size_t>(i)]; }
  /// The cotangent of output k, as zeros where nothing flowed back.
  Variable cot(int k = 0) const;
  /// The tangent.
  const Variable& tan() const { return tangent; }
};

namespace detail {

/// What a parameter of a rule asks for.
template <class P>
struct Wanted;
template <>
struct Wanted<Cot> {
  static Cot from(const RuleContext& c) { return Cot(c.cot()); }
};
template <int K>
struct Wanted<CotOf<K>> {
  static constexpr int kOutput = K;
  static CotOf<K> from(const RuleContext& c) { return CotOf<K>(c.cot(K)); }
};
template <>
struct Wanted<Cots> {
  static Cots from(const RuleContext& c) {
    Cots cots;
    for (int k = 0; k < static_cast<int>(c.result_metas.size()); ++k) cots.push_back(c.cot(k));
    return cots;
  }
};
template <int I>
struct Wanted<Tan<I>> {
  static constexpr int kArgument = I;
  static Tan<I> from(const RuleContext& c) { return Tan<I>(c.tan()); }
};
template <int I>
struct Wanted<Arg<I>> {
  static constexpr int kArgument = I;
  static constexpr unsigned kArgs = 1u << I;
  static Arg<I> from(const RuleContext& c) { return Arg<I>(c.arg(I)); }
};
template <int K>
struct Wanted<Res<K>> {
  static constexpr int kOutput = K;
  static constexpr unsigned kResults = 1u << K;
  static Res<K> from(const RuleContext& c) { return Res<K>(c.res(K)); }
};
template <int I>
struct Wanted<ArgMeta<I>> {
  static constexpr int kArgument = I;
  static ArgMeta<I> from(const RuleContext& c) { return ArgMeta<I>(c.meta(I)); }
};
template <>
struct Wanted<ArgMetas> {
  static ArgMetas from(const RuleContext& c) { return {c.arg_metas}; }
};

/// The parameters of a rule after its `Wrt`.
template <class R, class... P>
struct Signature {
  using Result = R;

  /// Bit i is set if the rule reads the value of argument i.
  static constexpr unsigned args() {
    return (0u | ... | [] {
      if constexpr (requires { Wanted<std::remove_cvref_t<P>>::kArgs; }) return Wanted<std::remove_cvref_t<P>>::kArgs;
      else return 0u;
    }());
  }
  /// Bit k is set if the rule reads the value of output k.
  static constexpr unsigned results() {
    return (0u | ... | [] {
      if constexpr (requires { Wanted<std::remove_cvref_t<P>>::kResults; })
        return Wanted<std::remove_cvref_t<P>>::kResults;
      else return 0u;
    }());
  }

  /// The last argument and the last output that the rule names in any way; -1 for none.
  static constexpr int last_argument() {
    return std::max({-1, [] {
                       if constexpr (requires { Wanted<std::remove_cvref_t<P>>::kArgument; })
                         return Wanted<std::remove_cvref_t<P>>::kArgument;
                       else return -1;
                     }()...});
  }
  static constexpr int last_output() {
    return std::max({-1, [] {
                       if constexpr (requires { Wanted<std::remove_cvref_t<P>>::kOutput; })
                         return Wanted<std::remove_cvref_t<P>>::kOutput;
                       else return -1;
                     }()...});
  }
};

template <class W, class Op, class R, class... P>
Signature<R, P...> signature_of(R (Op::*)(W, P...) const);

/// The signatures of an op's rules for `W` (Wrt<I> or WrtAny).
template <class Op, class W>
using VjpSignature = decltype(signature_of<W, Op>(&Op::vjp));
template <class Op, class W>
using JvpSignature = decltype(signature_of<W, Op>(&Op::jvp));

template <class Op, class W>
using FusedSignature = decltype(signature_of<W, Op>(&Op::vjp_all));
template <class Op>
using PushAllSignature = decltype(signature_of<Tans, Op>(&Op::jvp_all));
template <class Op>
using IntoSignature = decltype(signature_of<Into, Op>(&Op::vjp_into));

template <class Op, class W>
concept HasVjp = requires {
  typename VjpSignature<Op, W>;
};
template <class Op, class W>
concept HasJvp = requires {
  typename JvpSignature<Op, W>;
};
template <class Op, int N>
concept HasFusedVjp = requires {
  typename FusedSignature<Op, Mask<N>>;
};
template <class Op>
concept HasJvpAll = requires {
  typename PushAllSignature<Op>;
};
template <class Op>
concept HasVjpInto = requires {
  typename IntoSignature<Op>;
};

template <class W, class Op, class R, class... P>
R call_rule(const Op& op, R (Op::*rule)(W, P...) const, W wrt, const RuleContext& c) {
  return (op.*rule)(wrt, Wanted<std::remove_cvref_t<P>>::from(c)...);
}

}  // namespace detail
}  // namespace cadena
