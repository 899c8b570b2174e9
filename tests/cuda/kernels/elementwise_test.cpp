#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tensor/activation.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/compare.h"
#include "tensor/exponential.h"
#include "tensor/kernel_log.h"
#include "tensor/power.h"
#include "tensor/random.h"
#include "tensor/rounding.h"
#include "tensor/trigonometric.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

const Device kCuda = Device::cuda();

Tensor noise(const Shape& shape, std::uint64_t seed, Dtype dtype) {
  Generator generator(seed);
  return cast(normal(generator, shape, 0, 1, Dtype::f64), dtype);
}

/// The device computes what the CPU computes, contiguous or not, within `ulps` units of the dtype's last place.
void expect_same(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, double ulps = 4) {
  const double epsilon = x.dtype() == Dtype::f64   ? 0x1p-52
                         : x.dtype() == Dtype::f32 ? 0x1p-23
                         : x.dtype() == Dtype::f16 ? 0x1p-10
                                                   : 0x1p-7;
  const std::vector<double> expected = f(x).to_vector();
  for (const Tensor& here : {to(x, kCuda), scattered(to(x, kCuda))}) {
    const KernelLog log;
    const Tensor y = f(here);
    EXPECT_EQ(y.device(), kCuda);
    EXPECT_FALSE(log.names().empty() && x.numel() > 0) << "no kernel ran";
    expect_values(y, expected, ulps * epsilon);
  }
}

const std::vector<Shape> kShapes{
    {}, {0}, {1}, {31}, {33}, {127, 3}, {2, 129}, {5, 1, 257}, {2, 3, 2, 3, 4}, {1, 2, 1, 3, 2, 1, 2, 2, 3}};

TEST(CudaElementwise, AgreesWithTheCpuForEveryShapeAndDtype) {
  std::uint64_t seed = 0;
  for (const Shape& shape : kShapes) {
    for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64}) {
      const Tensor x = cast(mul(noise(shape, ++seed, Dtype::f64), 3), dtype);
      SCOPED_TRACE(concat(to_string(dtype), " ", to_string(shape)));
      expect_same([](const Tensor& t) { return neg(t); }, x, 0);
      expect_same([](const Tensor& t) { return abs(t); }, x, 0);
      expect_same([](const Tensor& t) { return add(t, t); }, x, 0);
    }
  }
}

TEST(CudaElementwise, FormulasAgreeWithTheCpu) {
  using Formula = Tensor (*)(const Tensor&);
  const std::vector<std::pair<const char*, std::function<Tensor(const Tensor&)>>> formulas{
      {"exp", static_cast<Formula>(exp)},
      {"log", [](const Tensor& x) { return log(abs(x)); }},
      {"sqrt", [](const Tensor& x) { return sqrt(abs(x)); }},
      {"rsqrt", [](const Tensor& x) { return rsqrt(add(abs(x), 1)); }},
      {"square", static_cast<Formula>(square)},
      {"pow", [](const Tensor& x) { return pow(abs(x), 1.5); }},
      {"sin", static_cast<Formula>(sin)},
      {"cos", static_cast<Formula>(cos)},
      {"tanh", static_cast<Formula>(tanh)},
      {"erf", static_cast<Formula>(erf)},
      {"sigmoid", static_cast<Formula>(sigmoid)},
      {"relu", static_cast<Formula>(relu)},
      {"silu", static_cast<Formula>(silu)},
      {"gelu", [](const Tensor& x) { return gelu(x); }},
      {"softplus", [](const Tensor& x) { return softplus(x); }},
      {"clamp", [](const Tensor& x) { return clamp(x, -0.5, 0.5); }},
      {"round", static_cast<Formula>(round)},
      {"div", [](const Tensor& x) { return div(x, add(abs(x), 2)); }},
  };
  std::uint64_t seed = 100;
  for (const auto& [name, f] : formulas) {
    for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16}) {
      SCOPED_TRACE(concat(name, " ", to_string(dtype)));
      expect_same(f, noise({3, 67}, ++seed, dtype));
    }
  }
}

TEST(CudaElementwise, BroadcastsOperands) {
  const Tensor a = noise({5, 1, 7}, 1, Dtype::f32), b = noise({3, 1}, 2, Dtype::f32);
  expect_values(sub(to(a, kCuda), to(b, kCuda)), sub(a, b).to_vector(), 0);
  expect_values(lt(to(a, kCuda), to(b, kCuda)), lt(a, b).to_vector(), 0);
}

TEST(CudaElementwise, KeepsNanAndInfinities) {
  const double nan = std::nan(""), inf = INFINITY;
  const Tensor x = tensor({nan, inf, -inf, 0, -0.0});
  expect_values(maximum(to(x, kCuda), 0), {nan, inf, 0, 0, 0}, 0);
  expect_values(relu(to(x, kCuda)), relu(x).to_vector(), 0);
  expect_values(isnan(to(x, kCuda)), {1, 0, 0, 0, 0}, 0);
  expect_values(where(isnan(to(x, kCuda)), 7, to(x, kCuda)), {7, inf, -inf, 0, 0}, 0);
}

TEST(CudaElementwise, ConvertsBetweenAllDtypes) {
  const std::vector<Dtype> all{Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean};
  for (Dtype from : all) {
    for (Dtype into : all) {
      SCOPED_TRACE(concat(to_string(from), " to ", to_string(into)));
      const Tensor x = cast(mul(noise({37}, 5, Dtype::f64), 3), from);
      expect_values(cast(to(x, kCuda), into), cast(x, into).to_vector(), 0);
    }
  }
}

TEST(CudaElementwise, RefusesOperandsOnDifferentDevices) {
  expect_error<DeviceError>([] { add(ones({2}), ones({2}, Dtype::f32, kCuda)); }, "devices differ");
}

TEST(CudaTransfer, BringsValuesThereAndBack) {
  const Tensor x = noise({4, 33}, 3, Dtype::f32);
  const Tensor y = to(transpose(x), kCuda);
  EXPECT_EQ(y.device(), kCuda);
  expect_values(y, transpose(x).to_vector(), 0);
  expect_values(to(y, Device::cpu()), transpose(x).to_vector(), 0);
  EXPECT_EQ(y.at({32, 3}), x.at({3, 32}));
  EXPECT_EQ(full({}, 2.5, Dtype::f64, kCuda).item(), 2.5);
}

TEST(CudaTransfer, RefusesWhatIsNotThere) {
  expect_error<DeviceError>([] { empty({2}, Dtype::f32, Device::cuda(99)); }, "cuda:99");
  expect_error<DeviceError>([] { empty({2}, Dtype::f32, Device::cuda(256)); }, "cuda:256");  // not cuda:0
  expect_error<DeviceError>([] { empty({2}, Dtype::f32, Device::cuda(-1)); }, "cuda:-1");
  expect_error<DeviceError>([] { ones({2}, Dtype::f32, kCuda).data<float>(); }, "not on the cpu");
}

TEST(CudaTransfer, WritesInPlace) {
  const Tensor x = ones({3, 4}, Dtype::f32, kCuda);
  fill(slice(x, 1, {.step = 2}), 5);
  expect_values(x, {5, 1, 5, 1, 5, 1, 5, 1, 5, 1, 5, 1}, 0);
  add_into(x, x);
  expect_values(x, {10, 2, 10, 2, 10, 2, 10, 2, 10, 2, 10, 2}, 0);
}

TEST(CudaCast, ToIntegersEqualsTheCpu) {
  const double reals[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30, 0x1p63, -0x1p63, -2.9};
  const Tensor x = from_values(reals, {8}, Dtype::f64);
  const Tensor expected = cast(x, Dtype::i64), got = to(cast(to(x, kCuda), Dtype::i64), Device::cpu());
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(got.data<i64>()[i], expected.data<i64>()[i]) << reals[i];
  }
  for (const int i : {6, 7}) {  // the others are no number of full's
    EXPECT_EQ(*to(full({}, reals[i], Dtype::i64, kCuda), Device::cpu()).data<i64>(), expected.data<i64>()[i])
        << reals[i];
  }
  EXPECT_THROW(full({}, NAN, Dtype::i64, kCuda), ValueError);
}

}  // namespace
}  // namespace cadena
