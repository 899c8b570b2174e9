// A claim that proves nothing, refutes nothing, or meets NaN fails its test.
#include "tutorials/support/claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <limits>
#include <string>
#include <utility>

#include "tensor/factories.h"

namespace cadena::tutorials {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// `body` fails, and one of its failures says `message`.
template <class Body>
void expect_failure(const char* message, Body body) {
  testing::TestPartResultArray failures;
  {
    const testing::ScopedFakeTestPartResultReporter reporter(&failures);
    body();
  }
  std::string said;
  for (int i = 0; i < failures.size(); ++i) said += std::string(failures.GetTestPartResult(i).message()) + "\n";
  EXPECT_THAT(said, testing::HasSubstr(message));
}

const Tensor& right() {
  static const Tensor t = tensor({1, 2, 3}, Dtype::f64);
  return t;
}

const Tensor& wrong() {
  static const Tensor t = tensor({1, 2, 4}, Dtype::f64);
  return t;
}

TEST(Claim, HoldsWhereTheSidesAgreeAndAVariantIsRefuted) {
  Claim claim("0.1");
  claim.identity(right(), right(), 1e-12);
  claim.rejects("last-entry", wrong(), right());
}

TEST(Claim, FailsWhereNothingIsProved) {
  expect_failure("nothing was proved", [&] {
    Claim claim("0.2");
    claim.rejects_bound("larger", 2, 1);
    claim.rejects("larger", 2, 1);
  });
}

TEST(Claim, FailsWhereNothingIsCompared) {
  expect_failure("nothing is compared", [&] {
    Claim claim("0.2");
    claim.identity(zeros({0, 3}), zeros({0, 3}), 1e-12);
  });
}

TEST(Claim, FailsWhereNothingIsRefuted) {
  expect_failure("no wrong variant was refuted", [&] {
    Claim claim("0.3");
    claim.identity(1.0, 1.0, 1e-12);
  });
}

TEST(Claim, FailsWhereTheSidesDiffer) {
  expect_failure("does not hold", [&] {
    Claim claim("0.4");
    claim.identity(wrong(), right(), 1e-5);
    claim.rejects("last-entry", wrong(), right());
  });
}

TEST(Claim, FailsOnNaNOnEitherSide) {
  for (const auto& [computed, expected] : {std::pair{kNaN, 1.0}, std::pair{1.0, kNaN}, std::pair{kNaN, kNaN}}) {
    expect_failure("does not hold", [computed = computed, expected = expected] {
      Claim claim("0.5");
      claim.identity(computed, expected, 1);
      claim.rejects("half", 1e6, 0);
    });
  }
  expect_failure("NaN", [&] {
    Claim claim("0.5");
    claim.identity(1.0, 1.0, 1e-12);
    claim.rejects("not-a-number", kNaN, 1);
  });
}

TEST(Claim, FailsWhereABoundIsNaN) {
  expect_failure("is not below", [&] {
    Claim claim("0.6");
    claim.bound(kNaN, 1);
    claim.rejects_bound("larger", 2, 1);
  });
}

TEST(Claim, FailsWhereShapesDiffer) {
  expect_failure("different shapes", [&] {
    Claim claim("0.7");
    claim.identity(right(), tensor({1, 2}, Dtype::f64), 1e-12);
    claim.rejects("larger", 2, 1);
  });
}

TEST(Claim, FailsWhereAVariantIsTooNearToBeToldApart) {
  expect_failure("cannot tell 'near'", [&] {
    Claim claim("0.8");
    claim.identity(1.0, 1.0, 1e-6);
    claim.rejects("near", 1.0001, 1);
  });
}

TEST(Claim, OfABoundFailsWhereTheBoundIsBrokenOrTheVariantHolds) {
  expect_failure("is not below", [&] {
    Claim claim("0.9");
    claim.bound(2, 1);
    claim.rejects_bound("larger", 2, 1);
  });
  expect_failure("'holds' holds", [&] {
    Claim claim("0.9");
    claim.bound(1, 2);
    claim.rejects_bound("holds", 1, 2);
  });
}

}  // namespace
}  // namespace cadena::tutorials
