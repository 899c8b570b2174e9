#include "tensor/linalg.h"

#include "tensor/base/error.h"
#include "tensor/cofactor.h"
#include "tensor/matmul.h"
#include "tensor/spectral.h"
#include "tests/support/on_cuda.h"

namespace cadena {
namespace {

using support::expect_same;
using support::on_cuda;
using support::random;

template <std::size_t N>
void expect_same(const std::array<Tensor, N>& actual, const std::array<Tensor, N>& expected) {
  for (std::size_t i = 0; i < N; ++i) support::expect_same(actual[i], expected[i]);
}

TEST(CudaLinalg, DecompositionsGoThroughTheHostAndComeBack) {
  for (const Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::f16}) {
    const Tensor a = cast(random({2, 4, 4}), dtype), wide = cast(random({3, 5}, 2), dtype);
    const Tensor positive = matmul(a, transpose(a)), b = cast(random({4, 2}, 3), dtype);
    const Tensor there = on_cuda(a);
    expect_same(cholesky(on_cuda(positive)), cholesky(positive));
    expect_same(qr(on_cuda(wide)), qr(wide));
    expect_same(solve(there, on_cuda(b)), solve(a, b));
    expect_same(triangular_solve(there, on_cuda(b), true), triangular_solve(a, b, true));
    expect_same(lstsq(on_cuda(transpose(wide)), on_cuda(random({5}))), lstsq(transpose(wide), random({5})));
    expect_same(inv(there), inv(a));
    expect_same(det(there), det(a));
    expect_same(cofactor(there), cofactor(a));
    expect_same(cofactor_derivative(there, transpose(there)), cofactor_derivative(a, transpose(a)));
    expect_same(slogdet(there), slogdet(a));
    expect_same(eigh(there), eigh(a));
    expect_same(eigvalsh(there), eigvalsh(a));
    expect_same(svd(on_cuda(wide)), svd(wide));
    expect_same(svdvals(on_cuda(wide)), svdvals(wide));
    expect_same(pinv(on_cuda(wide)), pinv(wide));
  }
}

TEST(CudaLinalg, SaysWhatIsWrongAsOnTheCpu) {
  const Tensor singular = zeros({3, 3}, Dtype::f64);
  EXPECT_EQ(message_of<LinalgError>([&] { inv(on_cuda(singular)); }), message_of<LinalgError>([&] { inv(singular); }));
  EXPECT_EQ(message_of<DeviceError>([&] { solve(on_cuda(singular), singular); }),
            "solve: devices differ: cuda:0 and cpu");
  EXPECT_EQ(message_of<DeviceError>([&] { cofactor_derivative(singular, on_cuda(singular)); }),
            "cofactor_derivative: devices differ: cpu and cuda:0");
}

}  // namespace
}  // namespace cadena
