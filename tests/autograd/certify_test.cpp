#include "autograd/certify.h"

#include <gtest/gtest.h>

#include <iostream>

#include "autograd/arithmetic.h"
#include "autograd/define_op.h"
#include "tensor/arithmetic.h"

namespace cadena {

class EveryOp : public testing::TestWithParam<const OpEntry*> {};

TEST_P(EveryOp, IsCertified) {
  const Certificate certificate = certify(*GetParam());
  std::cout << to_string(certificate) << '\n';
  EXPECT_TRUE(certificate.certified());
  RecordProperty("wrong_killed", certificate.wrong_killed);
  RecordProperty("wrong_survivors", static_cast<int>(certificate.wrong_survivors.size()));
}

TEST_P(EveryOp, ListsWrongRules) { EXPECT_FALSE(GetParam()->wrong.empty()); }

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

}  // namespace cadena
