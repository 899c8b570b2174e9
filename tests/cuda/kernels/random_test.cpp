#include "tensor/random.h"

#include <limits>

#include "tensor/base/error.h"
#include "tensor/random_state.h"
#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::expect_same;
using support::kFloatingDtypes;
using support::on_cuda;

constexpr std::uint64_t kSeed = 0x1234567890abcdef;
const Shape kShape{3, 5, 77};

/// `draw(generator, device)` gives the same elements on both devices, and leaves the generators alike.
template <class F>
void expect_same_draw(F draw) {
  Generator here(kSeed, 7), there(kSeed, 7);
  const Tensor expected = draw(here, Device::cpu());
  expect_same(draw(there, Device::cuda()), expected);
  EXPECT_EQ(here, there);
}

TEST(CudaRandom, UniformsAreTheCpusToTheBit) {
  for (const Dtype dtype : kFloatingDtypes) {
    expect_same_draw([&](Generator& g, Device device) { return uniform(g, kShape, -3, 7, dtype, device); });
    expect_same_draw([&](Generator& g, Device device) { return rand(g, kShape, dtype, device); });
  }
}

TEST(CudaRandom, IntegersCoinsAndOrdersAreTheCpus) {
  expect_same_draw([](Generator& g, Device device) { return randint(g, kShape, -1000, 5, device); });
  expect_same_draw([](Generator& g, Device device) {
    return randint(g, kShape, std::numeric_limits<i64>::min(), std::numeric_limits<i64>::max(), device);
  });
  for (const Dtype dtype : support::kAllDtypes) {
    expect_same_draw([&](Generator& g, Device device) { return bernoulli(g, kShape, 0.3, dtype, device); });
  }
  for (const i64 n : {0, 1, 2, 1000, 1024, 5000}) {
    expect_same_draw([&](Generator& g, Device device) { return permutation(g, n, device); });
  }
}

TEST(CudaRandom, DrawsFromAStateOnTheDevice) {
  for (const Shape& shape : {Shape{1}, Shape{33, 129}, Shape{2, 0}}) {
    const Tensor state = Generator(kSeed).state();
    const Drawn here = bernoulli(state, shape, 0.3, Dtype::f16),
                there = bernoulli(on_cuda(state), shape, 0.3, Dtype::f16);
    expect_same(there.values, here.values);
    expect_same(there.state, here.state);
  }
}

TEST(CudaRandom, NormalsAreWithinFourUlp) {
  for (const Dtype dtype : kFloatingDtypes) {
    Generator here(kSeed), there(kSeed);
    const auto compare = [&](const Tensor& actual, const Tensor& expected) {
      EXPECT_EQ(actual.device(), Device::cuda());
      const std::vector<double> a = actual.to_vector(), e = expected.to_vector();
      for (std::size_t i = 0; i < e.size(); ++i) {
        EXPECT_LE(std::abs(a[i] - e[i]), 8 * support::unit_of(dtype) * std::abs(e[i])) << "element " << i;
      }
    };
    compare(normal(there, kShape, 0, 2, dtype, Device::cuda()), normal(here, kShape, 0, 2, dtype));
    compare(randn(there, kShape, dtype, Device::cuda()), randn(here, kShape, dtype));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (const auto& [low, high] : {std::pair{-2.0, 2.0}, {0.5, 0.6}, {-kInfinity, -3.0}}) {
      compare(truncated_normal(there, kShape, 0, 1, low, high, dtype, Device::cuda()),
              truncated_normal(here, kShape, 0, 1, low, high, dtype));
    }
  }
}

TEST(CudaRandom, ChancesAndWeightsAreReadOnTheDevice) {
  for (const Dtype dtype : kFloatingDtypes) {
    Generator here(kSeed), there(kSeed);
    const Tensor p = uniform(here, {4, 33}, 0, 1, dtype);
    there.next_stream();
    expect_same(bernoulli(there, on_cuda(p)), bernoulli(here, p));
    expect_same(categorical(there, on_cuda(p)), categorical(here, p));
    expect_same(categorical(there, scattered(on_cuda(p)), 50), categorical(here, p, 50));
  }
}

TEST(CudaRandom, WeightsMayAddUpToTheLargestNumberButNotBeyond) {
  constexpr double kMost = std::numeric_limits<double>::max();
  Generator generator(kSeed);
  for (const Device device : {Device::cpu(), Device::cuda()}) {
    const Tensor most = to(tensor({0, kMost}, Dtype::f64), device),
                 more = to(tensor({kMost, kMost}, Dtype::f64), device);
    EXPECT_EQ(to(categorical(generator, most), Device::cpu()).item(), 1);
    EXPECT_THROW(categorical(generator, more), ValueError);
  }
}

TEST(CudaRandom, NamesTheFirstBadChanceOrRow) {
  Generator generator(kSeed);
  Tensor p = full({3, 40}, 0.5, Dtype::f64);
  p.mutable_data<double>()[90] = std::nan("");
  p.mutable_data<double>()[100] = -1;
  EXPECT_EQ(message_of<ValueError>([&] { bernoulli(generator, on_cuda(p)); }),
            message_of<ValueError>([&] { bernoulli(generator, p); }));
  EXPECT_EQ(message_of<ValueError>([&] { categorical(generator, on_cuda(p)); }),
            message_of<ValueError>([&] { categorical(generator, p); }));
}

}  // namespace
}  // namespace cadena
