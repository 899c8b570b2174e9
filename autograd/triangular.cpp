#include "autograd/triangular.h"

#include "autograd/define_op.h"
#include "autograd/views.h"

namespace cadena {

/// A projection that sets elements to zero: linear, and its own adjoint.
struct Tril {
  static constexpr auto name = "tril";
  static constexpr auto formula = R"(y_{ij} = x_{ij} [j \le i + k])";
  i64 diagonal;

  Tensor forward(const Tensor& x) const { return tril(x, diagonal); }

  Variable vjp(Wrt<0>, Cot dy) const { return tril(dy, diagonal); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return tril(dx, diagonal); }

  static Samples<Tril> samples() {
    Draw draw(name);
    return {{"diagonal=0", {0}, {draw.normal({2, 3, 3})}},
            {"diagonal=1", {1}, {draw.normal({3, 4})}},
            {"diagonal=-2", {-2}, {draw.normal({4, 2})}}};
  }
  static WrongRules<Tril> wrong() {
    using enum WrongRule<Tril>::Mode;
    return {
        {"the other triangle", vjp, 0, [](const Tril& op, const RuleContext& c) { return triu(c.cot(), op.diagonal); }},
        {"forgets the diagonal's offset", vjp, 0, [](const Tril&, const RuleContext& c) { return tril(c.cot()); }}};
  }
};

/// As Tril.
struct Triu {
  static constexpr auto name = "triu";
  static constexpr auto formula = R"(y_{ij} = x_{ij} [j \ge i + k])";
  i64 diagonal;

  Tensor forward(const Tensor& x) const { return triu(x, diagonal); }

  Variable vjp(Wrt<0>, Cot dy) const { return triu(dy, diagonal); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return triu(dx, diagonal); }

  static Samples<Triu> samples() {
    Draw draw(name);
    return {{"diagonal=0", {0}, {draw.normal({2, 3, 3})}},
            {"diagonal=1", {1}, {draw.normal({3, 4})}},
            {"diagonal=-2", {-2}, {draw.normal({4, 2})}}};
  }
  static WrongRules<Triu> wrong() {
    using enum WrongRule<Triu>::Mode;
    return {
        {"the other triangle", vjp, 0, [](const Triu& op, const RuleContext& c) { return tril(c.cot(), op.diagonal); }},
        {"forgets the diagonal's offset", vjp, 0, [](const Triu&, const RuleContext& c) { return triu(c.cot()); }}};
  }
};

/// y_{i, i + k} = x_i: the adjoint reads the diagonal.
struct DiagEmbed {
  static constexpr auto name = "diag_embed";
  static constexpr auto formula = R"(y_{i, i + k} = x_i,\ 0\ \text{elsewhere})";
  i64 offset;

  Tensor forward(const Tensor& x) const { return diag_embed(x, offset); }

  Variable vjp(Wrt<0>, Cot dy) const { return diagonal(dy, offset); }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return diag_embed(dx, offset); }

  static Samples<DiagEmbed> samples() {
    Draw draw(name);
    return {{"offset=0", {0}, {draw.normal({2, 3})}},
            {"offset=2", {2}, {draw.normal({2})}},
            {"offset=-1", {-1}, {draw.normal({2, 2})}}};
  }
  static WrongRules<DiagEmbed> wrong() {
    using enum WrongRule<DiagEmbed>::Mode;
    return {{"reads the diagonal on the other side", vjp, 0,
             [](const DiagEmbed& op, const RuleContext& c) { return diagonal(c.cot(), -op.offset); }},
            {"reads the first row", vjp, 0, [](const DiagEmbed&, const RuleContext& c) {
               return slice(select(c.cot(), -2, 0), -1, {0, c.meta(0).shape[c.meta(0).shape.rank() - 1]});
             }}};
  }
};

Variable tril(const Variable& x, i64 diagonal) { return apply(Tril{diagonal}, x); }
Variable triu(const Variable& x, i64 diagonal) { return apply(Triu{diagonal}, x); }
Variable diag_embed(const Variable& x, i64 offset) { return apply(DiagEmbed{offset}, x); }

template const OpEntry& entry_of<Tril>();
template const OpEntry& entry_of<Triu>();
template const OpEntry& entry_of<DiagEmbed>();

}  // namespace cadena
