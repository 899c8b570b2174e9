#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>

#include "autograd/certify.h"
#include "autograd/examination.h"
#include "tensor/base/error.h"

// The wrong rules that the ops list, over the whole table: certification must refute every one.

namespace cadena {
namespace {

/// True if wrong rule `k` is the true one times a number, which no check could miss and which therefore proves little.
bool only_scales(const OpEntry& op, int k) {
  const ErasedWrongRule& w = op.wrong[static_cast<std::size_t>(k)];
  const int wrt = op.arity < 0 ? 0 : w.wrt;
  Generator generator(7);
  std::vector<double> factors;
  for (const ErasedSample& sample : op.samples()) {
    for (int draw = 0; draw < 3; ++draw) {
      const Examination e(op, sample, Layout::contiguous, generator);
      if (std::find(e.active().begin(), e.active().end(), wrt) == e.active().end()) continue;
      try {
        const double truth = w.is_vjp ? e.pulled(wrt).value : e.pushed(wrt).value;
        const double claim = w.is_vjp ? e.pulled(wrt, k).value : e.pushed(wrt, k).value;
        if (truth != 0) factors.push_back(claim / truth);
      } catch (const ShapeError&) {
        return false;
      }
    }
  }
  return std::all_of(factors.begin(), factors.end(),
                     [&](double f) { return std::abs(f - factors[0]) <= 1e-9 * (1 + std::abs(factors[0])); });
}

struct Score {
  int killed = 0, equivalent = 0, surviving = 0, scaled = 0;
};

Score score_of(const OpEntry& op) {
  const Certificate certificate = certify(op);
  Score score;
  for (int k = 0; k < static_cast<int>(op.wrong.size()); ++k) {
    score.scaled += op.wrong[static_cast<std::size_t>(k)].equivalent.empty() && only_scales(op, k) ? 1 : 0;
  }
  score.surviving = static_cast<int>(certificate.wrong_survivors.size());
  score.equivalent = certificate.wrong_equivalent;
  score.killed = certificate.wrong_killed - score.scaled;
  for (const std::string& survivor : certificate.wrong_survivors) ADD_FAILURE() << "survived: " << survivor;
  return score;
}

TEST(Mutation, EveryWrongRuleIsRefuted) {
  Score all;
  std::cout << std::left << std::setw(28) << "op" << std::right << std::setw(8) << "killed" << std::setw(12)
            << "equivalent" << std::setw(11) << "surviving" << std::setw(22) << "not counted: scaled" << '\n';
  for (const OpEntry* op : ops()) {
    const Score score = score_of(*op);
    std::cout << std::left << std::setw(28) << op->name << std::right << std::setw(8) << score.killed << std::setw(12)
              << score.equivalent << std::setw(11) << score.surviving << std::setw(22) << score.scaled << '\n';
    all.killed += score.killed;
    all.equivalent += score.equivalent;
    all.surviving += score.surviving;
    all.scaled += score.scaled;
  }
  const int counted = all.killed + all.surviving;
  ASSERT_GT(counted, 0);
  std::cout << "mutation score: " << all.killed << '/' << counted << " = " << 100 * all.killed / counted << " % ("
            << all.equivalent << " equivalent; " << all.scaled << " refuted, but only scaled and not counted)\n";
  EXPECT_EQ(all.surviving, 0);
}

}  // namespace
}  // namespace cadena
