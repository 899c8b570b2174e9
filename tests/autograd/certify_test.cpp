#include "autograd/certify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/define_op.h"
#include "autograd/engine.h"
#include "autograd/examination.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class EveryOp : public testing::TestWithParam<const OpEntry*> {};

TEST_P(EveryOp, IsCertified) {
  const Certificate certificate = certify(*GetParam());
  std::cout << to_string(certificate) << '\n';
  EXPECT_TRUE(certificate.certified());
  RecordProperty("wrong_killed", certificate.wrong_killed);
  RecordProperty("wrong_survivors", static_cast<int>(certificate.wrong_survivors.size()));
}

TEST_P(EveryOp, ListsWrongRules) { EXPECT_FALSE(GetParam()->wrong.empty()); }

// The gradient of the op's sum with cotangents, g, makes a function of which gradcheck takes second derivatives; the
// terms x_i give those that are 0 a scale.
TEST_P(EveryOp, HasThirdDerivatives) {
  Generator generator(3);
  for (const ErasedSample& sample : GetParam()->samples()) {
    const Examination e(*GetParam(), sample, Layout::contiguous, generator);
    const bool is_singular = std::string(GetParam()->name) == "det" && sample.label == "#rank_two";  // refused there
    if (!e.has_elements(e.active()[0]) || is_singular) continue;
    const Function op = e.as_function();
    const Function f = [&](std::span<const Variable> x) {
      Variable total(zeros({}, Dtype::f64));
      for (const Variable& g : grad(op(x), x, {.differentiable = true})) total = total + inner(g, g + 1);
      for (const Variable& each : x) total = total + sum_to(each, {});
      return total;
    };
    const GradcheckReport report = gradcheck(f, e.active_inputs(), {.tolerance = 1e-5, .directions = 1});
    EXPECT_TRUE(report.passed()) << e.where() << ": " << report.failures.front();
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(ops().begin(), ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

/// y = x^2 with a rule that forgets the factor 2.
struct ForgottenFactor {
  static constexpr auto name = "forgotten_factor";
  Tensor forward(const Tensor& x) const { return mul(x, x); }
  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * x; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x * 2; }
  static Samples<ForgottenFactor> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
};

/// y = x^2 whose rule is right in value but treats x as a constant, so that second order is lost.
struct LostSecondOrder {
  static constexpr auto name = "lost_second_order";
  Tensor forward(const Tensor& x) const { return mul(x, x); }
  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * x.detach() * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x.detach() * 2; }
  static Samples<LostSecondOrder> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
};

/// The identity with right rules and nothing to show for it.
struct NoSamples {
  static constexpr auto name = "no_samples";
  Tensor forward(const Tensor& x) const { return x; }
  Variable vjp(Wrt<0>, Cot dy) const { return dy; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx; }
  static Samples<NoSamples> samples() { return {}; }
};

/// Lists its true rule as wrong.
struct TrueRuleListedAsWrong {
  static constexpr auto name = "true_rule_listed_as_wrong";
  Tensor forward(const Tensor& x) const { return mul(x, x); }
  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * x * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x * 2; }
  static Samples<TrueRuleListedAsWrong> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
  static WrongRules<TrueRuleListedAsWrong> wrong() {
    using enum WrongRule<TrueRuleListedAsWrong>::Mode;
    return {
        {"nothing", vjp, 0, [](const TrueRuleListedAsWrong&, const RuleContext& c) { return c.cot() * c.arg(0) * 2; }}};
  }
};

/// x^2 with a wrong rule that equals the true one, and another that is said to.
struct ClaimsEquivalence {
  static constexpr auto name = "claims_equivalence";
  Tensor forward(const Tensor& x) const { return mul(x, x); }
  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return dy * x * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x * 2; }
  static Samples<ClaimsEquivalence> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
  static WrongRules<ClaimsEquivalence> wrong() {
    using enum WrongRule<ClaimsEquivalence>::Mode;
    using Op = ClaimsEquivalence;
    return {{"adds x twice", vjp, 0, [](const Op&, const RuleContext& c) { return c.cot() * (c.arg(0) + c.arg(0)); },
             "x + x = 2 x"},
            {"adds x once", vjp, 0, [](const Op&, const RuleContext& c) { return c.cot() * c.arg(0); }, "x = 2 x"}};
  }
};

TEST(Certify, CountsAnEquivalentRuleAsNothingAndRefusesAProofThatDoesNotHold) {
  const Certificate certificate = certify<ClaimsEquivalence>();
  EXPECT_EQ(certificate.wrong_equivalent, 2);
  EXPECT_EQ(certificate.wrong_killed, 0);
  EXPECT_THAT(certificate.wrong_survivors, testing::IsEmpty());
  EXPECT_THAT(certificate.failures, ElementsAre(HasSubstr("claimed to be equivalent was refuted: adds x once")));
}

TEST(Certify, RefutesAForgottenFactor) { EXPECT_FALSE(certify<ForgottenFactor>().certified()); }

TEST(Certify, RefutesARuleThatLosesSecondOrder) {
  const Certificate certificate = certify<LostSecondOrder>();
  EXPECT_FALSE(certificate.certified());
  EXPECT_LT(certificate.first_order, 1e-8);
  EXPECT_GT(certificate.second_order, 1e-3);
}

TEST(Certify, RefusesAnOpWithoutSamples) { EXPECT_FALSE(certify<NoSamples>().certified()); }

TEST(Certify, ReportsAWrongRuleThatSurvives) {
  const Certificate certificate = certify<TrueRuleListedAsWrong>();
  EXPECT_TRUE(certificate.failures.empty());
  EXPECT_EQ(certificate.wrong_survivors.size(), 1u);
  EXPECT_FALSE(certificate.certified());
}

/// y = x^2 with wrong rules that only a sample without elements looks at.
struct OnlyAnEmptySample {
  static constexpr auto name = "only_an_empty_sample";
  Tensor forward(const Tensor& x) const { return mul(x, x); }
  Variable vjp(Wrt<0>, Cot dy) const { return dy * 7; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx * 7; }
  static Samples<OnlyAnEmptySample> samples() { return {{"", {}, {Draw(name).normal({0, 3})}}}; }
};

/// y = 2 x, written over x.
struct Overwriting {
  static constexpr auto name = "overwriting";
  Tensor forward(const Tensor& x) const {
    add_into(x, x);
    return x;
  }
  Variable vjp(Wrt<0>, Cot dy) const { return dy * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx * 2; }
  static Samples<Overwriting> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
};

/// x y with samples that do not fit: the first has too few inputs, the second is f32.
struct Misfit {
  static constexpr auto name = "misfit";
  Tensor forward(const Tensor& x, const Tensor& y) const { return mul(x, y); }
  Variable vjp(Wrt<0>, Cot dz, Arg<1> y) const { return dz * y; }
  Variable vjp(Wrt<1>, Cot dz, Arg<0> x) const { return dz * x; }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<1> y) const { return dx * y; }
  Variable jvp(Wrt<1>, Tan<1> dy, Arg<0> x) const { return dy * x; }
  static Samples<Misfit> samples() {
    Draw draw(name);
    const Tensor x = draw.normal({3});
    return {{"few", {}, {x}}, {"narrow", {}, {cast(x, Dtype::f32), cast(x, Dtype::f32)}}, {"good", {}, {x, x}}};
  }
};

/// x^2 with a rule of another shape.
struct Misshapen {
  static constexpr auto name = "misshapen";
  Tensor forward(const Tensor& x) const { return mul(x, x); }
  Variable vjp(Wrt<0>, Cot dy, Arg<0> x) const { return sum_to(dy * x * 2, {}); }
  Variable jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return dx * x * 2; }
  static Samples<Misshapen> samples() { return {{"n=3", {}, {Draw(name).normal({3})}}}; }
};

/// (x^2, 3 x), with its true tangent of x^2 listed as wrong, and one that is.
struct TwoOutputs {
  static constexpr auto name = "two_outputs";
  std::array<Tensor, 2> forward(const Tensor& x) const { return {mul(x, x), mul(x, 3)}; }
  Variable vjp(Wrt<0>, CotOf<0> da, CotOf<1> db, Arg<0> x) const { return da * x * 2 + db * 3; }
  std::array<Variable, 2> jvp(Wrt<0>, Tan<0> dx, Arg<0> x) const { return {dx * x * 2, dx * 3}; }
  static Samples<TwoOutputs> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
  static WrongRules<TwoOutputs> wrong() {
    using enum WrongRule<TwoOutputs>::Mode;
    return {{"nothing", jvp, 0, [](const TwoOutputs&, const RuleContext& c) { return c.tan() * c.arg(0) * 2; }},
            {"y for x", jvp, 0, [](const TwoOutputs&, const RuleContext& c) { return c.tan() * c.res(0) * 2; }}};
  }
};

TEST(Certify, ComparesAWrongTangentWithThatOfItsOutput) {
  const Certificate certificate = certify<TwoOutputs>();
  EXPECT_THAT(certificate.failures, testing::IsEmpty());
  EXPECT_THAT(certificate.wrong_survivors, ElementsAre("two_outputs, jvp of argument 0: nothing"));
  EXPECT_EQ(certificate.wrong_killed, 1);
}

/// y = 2 x with a fused rule that reads the cotangent as if its elements lay side by side.
struct DenseCotangent {
  static constexpr auto name = "dense_cotangent";
  Tensor forward(const Tensor& x) const { return mul(x, 2); }
  Variable vjp(Wrt<0>, Cot dy) const { return dy * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx * 2; }
  std::array<Tensor, 1> vjp_all(Mask<1>, Cot dy) const {
    const Tensor& u = dy.value();
    return {mul(as_strided(u, u.shape(), {1}, 0), 2)};
  }
  static Samples<DenseCotangent> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
};

/// y = 2 x with a fused rule that takes no stride of 0.
struct RepeatedCotangent {
  static constexpr auto name = "repeated_cotangent";
  Tensor forward(const Tensor& x) const { return mul(x, 2); }
  Variable vjp(Wrt<0>, Cot dy) const { return dy * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return dx * 2; }
  std::array<Tensor, 1> vjp_all(Mask<1>, Cot dy) const {
    const Tensor& u = dy.value();
    return {mul(u, u.strides()[0] == 0 ? 3 : 2)};
  }
  static Samples<RepeatedCotangent> samples() { return {{"", {}, {Draw(name).normal({3})}}}; }
};

/// y = 2 x whose separate rules compute in f64, whatever x is.
struct WideRules {
  static constexpr auto name = "wide_rules";
  Tensor forward(const Tensor& x) const { return mul(x, 2); }
  Variable vjp(Wrt<0>, Cot dy) const { return cast(dy, is_wide ? Dtype::f64 : dy.dtype()) * 2; }
  Variable jvp(Wrt<0>, Tan<0> dx) const { return cast(dx, is_wide ? dx.dtype() : Dtype::f64) * 2; }
  std::array<Tensor, 1> vjp_all(Mask<1>, Cot dy) const { return {mul(dy.value(), 2)}; }
  bool is_wide;  // the VJP, otherwise the JVP
  static Samples<WideRules> samples() {
    return {{"vjp", {true}, {Draw(name).normal({3})}}, {"jvp", {false}, {Draw(name).normal({3})}}};
  }
};

TEST(Certify, RefusesAFusedRuleThatDoesNotHeedTheStridesOfItsCotangent) {
  EXPECT_THAT(certify<DenseCotangent>().failures,
              AllOf(Contains(HasSubstr("strided inputs: cotangents with other strides")),
                    Contains(HasSubstr("reversed inputs: cotangents with other strides"))));
  EXPECT_THAT(certify<RepeatedCotangent>().failures, Contains(HasSubstr("cotangents with strides of 0")));
}

TEST(Certify, RefusesRulesThatDoNotKeepTheDtype) {
  EXPECT_THAT(certify<WideRules>().failures, AllOf(Contains(AllOf(HasSubstr("wide_rules(vjp)"), HasSubstr("f32"))),
                                                   Contains(AllOf(HasSubstr("wide_rules(jvp)"), HasSubstr("f32")))));
}

TEST(Certify, RefusesRulesThatNoSampleWithElementsTries) {
  const Certificate certificate = certify<OnlyAnEmptySample>();
  EXPECT_FALSE(certificate.certified());
  EXPECT_THAT(certificate.failures, ElementsAre(HasSubstr("no sample checks the rules of argument 0")));
}

TEST(Certify, RefusesAForwardThatOverwritesItsInput) {
  EXPECT_THAT(certify<Overwriting>().failures, Contains(HasSubstr("forward overwrites input 0")));
}

TEST(Certify, NamesSamplesThatDoNotFit) {
  const Certificate certificate = certify<Misfit>();
  EXPECT_THAT(certificate.failures, ElementsAre("misfit(few): the sample has 1 inputs, forward takes 2",
                                                "misfit(narrow): input 0 of the sample is f32, expected f64"));
  EXPECT_EQ(certificate.samples, 3);
}

TEST(Certify, NamesARuleOfAnotherShape) {
  EXPECT_THAT(certify<Misshapen>().failures,
              ElementsAre("misshapen(n=3): the vjp of argument 0 has shape (), expected (3,)"));
}

}  // namespace cadena
