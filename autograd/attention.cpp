#include "autograd/attention.h"

#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/compare.h"
#include "autograd/define_op.h"
#include "autograd/matmul.h"
#include "autograd/reduce.h"
#include "autograd/softmax.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/attention_plan.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

/// What is added to the scores (S, T), with the keys that causality hides at minus infinity.
Tensor full_mask(const Tensor& mask, i64 queries, i64 keys, bool causal) {
  if (!causal) return mask;
  const Tensor key = reshape(arange(0, keys, 1, Dtype::i64, mask.device()), {1, keys});
  const Tensor query = reshape(arange(0, queries, 1, Dtype::i64, mask.device()), {queries, 1});
  return where(gt(sub(key, keys), sub(query, queries)), kMinusInfinity, mask);
}

}  // namespace

/// o = p v with p = softmax(s) and s = α q k^T + m: dp = p (ds - sum p ds) along the keys, ds = α (dq k^T + q dk^T).
/// The log-sum-exp of the scores is a second output that the fused rule reads; the rules below form the matrix of all
/// scores again, so that they can be differentiated.
struct Attention {
  static constexpr auto name = "scaled_dot_product_attention";
  static constexpr auto formula = R"(o = \mathrm{softmax}(\alpha\, q k^T + m)\, v)";
  using constants = Constant<3>;
  using constant_outputs = Constant<1>;
  bool causal;
  double scale;

  std::array<Tensor, 2> forward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& m) const {
    Attended y = scaled_dot_product_attention(q, k, v, m, {causal, scale});
    return {y.out, y.lse};
  }

  Variable vjp(Wrt<0>, CotOf<0> dout, Arg<0> q, Arg<1> k, Arg<2> v, Arg<3> m) const {
    return matmul(scores_cotangent(dout, weights(q, k, m), v), k) * scale;
  }
  Variable vjp(Wrt<1>, CotOf<0> dout, Arg<0> q, Arg<1> k, Arg<2> v, Arg<3> m) const {
    return matmul(transpose(scores_cotangent(dout, weights(q, k, m), v)), q) * scale;
  }
  Variable vjp(Wrt<2>, CotOf<0> dout, Arg<0> q, Arg<1> k, Arg<3> m) const {
    return matmul(transpose(weights(q, k, m)), dout);
  }

  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> dq, Arg<0> q, Arg<1> k, Arg<2> v, Arg<3> m) const {
    return {matmul(softmax_jacobian(weights(q, k, m), matmul(dq, transpose(k)) * scale), v), {}};
  }
  std::array<Variable, 2> jvp(Wrt<1>, Tan<1> dk, Arg<0> q, Arg<1> k, Arg<2> v, Arg<3> m) const {
    return {matmul(softmax_jacobian(weights(q, k, m), matmul(q, transpose(dk)) * scale), v), {}};
  }
  std::array<Variable, 2> jvp(Wrt<2>, Tan<2> dv, Arg<0> q, Arg<1> k, Arg<3> m) const {
    return {matmul(weights(q, k, m), dv), {}};
  }

  std::array<Tensor, 4> vjp_all(Mask<4>, CotOf<0> dout, Arg<0> q, Arg<1> k, Arg<2> v, Arg<3> m, Res<0> out,
                                Res<1> lse) const {
    AttentionGradients d = attention_backward(dout.value(), q.value(), k.value(), v.value(), m.value(), out.value(),
                                              lse.value(), {causal, scale});
    return {d.q, d.k, d.v, Tensor()};
  }

  /// p (…, S, T); rows that see no key are 0.
  Variable weights(const Variable& q, const Variable& k, const Variable& m) const {
    const Tensor mask = full_mask(cast(m.value(), q.dtype()), q.size(-2), k.size(-2), causal);
    Shape shape = q.shape();
    shape[q.rank() - 1] = k.size(-2);
    const Tensor sees = any(ne(broadcast_to(mask, shape), kMinusInfinity), -1, true);
    const Variable s = matmul(q, transpose(k)) * scale + Variable(mask);
    return where(sees, softmax(where(sees, s, 0)), 0);
  }
  /// (diag(p) - p p^T) u for each row; symmetric.
  static Variable softmax_jacobian(const Variable& p, const Variable& u) { return p * (u - sum(p * u, -1, true)); }
  static Variable scores_cotangent(const Variable& dout, const Variable& p, const Variable& v) {
    return softmax_jacobian(p, matmul(dout, transpose(v)));
  }

  static Samples<Attention> samples() {
    Draw draw(name);
    const auto sample = [&](const char* label, Attention op, i64 queries, i64 keys, const Tensor& mask) {
      return Sample<Attention>{
          label, op, {draw.normal({2, queries, 3}), draw.normal({2, keys, 3}), draw.normal({2, keys, 2}), mask}};
    };
    const Tensor none = zeros({}, Dtype::f64);
    const Tensor hidden =
        tensor({{0, kMinusInfinity, 0.5}, {kMinusInfinity, kMinusInfinity, kMinusInfinity}}, Dtype::f64);
    return {sample("causal=False, scale=0.7", {false, 0.7}, 4, 3, none),
            sample("causal=True, scale=0.5", {true, 0.5}, 3, 4, none),
            sample("causal=True, scale=1.0 #blind", {true, 1}, 4, 2, none),
            sample("causal=False, scale=1.5 #masked", {false, 1.5}, 2, 3, hidden),
            sample("causal=False, scale=1.0 #no_queries", {false, 1}, 0, 3, none)};
  }
  static WrongRules<Attention> wrong() {
    using enum WrongRule<Attention>::Mode;
    using Op = Attention;
    static constexpr auto scores = [](const Op& op, const RuleContext& c) {
      return scores_cotangent(c.cot(), op.weights(c.arg(0), c.arg(1), c.arg(3)), c.arg(2));
    };
    return {{"forgets the scale", vjp, 0,
             [](const Op& op, const RuleContext& c) { return matmul(scores(op, c), c.arg(1)); }},
            {"forgets the scale", vjp, 1,
             [](const Op& op, const RuleContext& c) { return matmul(transpose(scores(op, c)), c.arg(0)); }},
            {"drops p p^T of the softmax", vjp, 0,
             [](const Op& op, const RuleContext& c) {
               const Variable p = op.weights(c.arg(0), c.arg(1), c.arg(3));
               return matmul(p * matmul(c.cot(), transpose(c.arg(2))), c.arg(1)) * op.scale;
             }},
            {"drops p p^T of the softmax", vjp, 1,
             [](const Op& op, const RuleContext& c) {
               const Variable p = op.weights(c.arg(0), c.arg(1), c.arg(3));
               return matmul(transpose(p * matmul(c.cot(), transpose(c.arg(2)))), c.arg(0)) * op.scale;
             }},
            {"ignores causality and mask", vjp, 2,
             [](const Op& op, const RuleContext& c) {
               const Variable p = softmax(matmul(c.arg(0), transpose(c.arg(1))) * op.scale);
               return matmul(transpose(p), c.cot());
             }},
            {"weights that sum to 1 over the queries", vjp, 2,
             [](const Op& op, const RuleContext& c) {
               const Variable p = softmax(matmul(c.arg(0), transpose(c.arg(1))) * op.scale, -2);
               return matmul(transpose(p), c.cot());
             }},
            {"scores in place of weights", vjp, 2,
             [](const Op& op, const RuleContext& c) {
               return matmul(transpose(matmul(c.arg(0), transpose(c.arg(1))) * op.scale), c.cot());
             }},
            {"forgets the softmax", jvp, 0,
             [](const Op& op, const RuleContext& c) {
               return matmul(matmul(c.tan(), transpose(c.arg(1))) * op.scale, c.arg(2));
             }},
            {"forgets the scale", jvp, 1, [](const Op& op, const RuleContext& c) {
               const Variable p = op.weights(c.arg(0), c.arg(1), c.arg(3));
               return matmul(softmax_jacobian(p, matmul(c.arg(0), transpose(c.tan()))), c.arg(2));
             }}};
  }
};

Variable scaled_dot_product_attention(const Variable& q, const Variable& k, const Variable& v, const Tensor& mask,
                                      const AttentionOptions& options) {
  if (q.rank() == 0) fail<ShapeError>("scaled_dot_product_attention: q is a scalar, expected (…, S, D)");
  const double scale = detail::attention_scale(options, q.size(-1));
  const Variable added(additive_mask(mask, q.dtype(), q.device()));
  return apply(Attention{options.causal, scale}, q, k, v, added)[0];
}

template const OpEntry& entry_of<Attention>();

}  // namespace cadena
