#include "tensor/cross_entropy.h"

#include <limits>

#include "tensor/base/error.h"
#include "tests/cuda/kernels/parity.h"
#include "tests/support/expect_values.h"

namespace cadena::parity {
namespace {

constexpr i64 kIgnored = -100;

/// Classes for the rows of logits, some of them to be ignored.
Tensor targets_for(const Shape& rows, i64 classes) {
  Generator generator(1);
  const Tensor t = randint(generator, rows, 0, classes);
  for (i64 i = 1; i < t.numel(); i += 5) t.mutable_data<i64>()[i] = kIgnored;
  return t;
}

TEST(CudaCrossEntropy, LossAndCotangentOfEveryRow) {
  for (const Shape& shape :
       {Shape{1, 1}, Shape{3, 31}, Shape{200, 10}, Shape{5, 128}, Shape{3, 2049}, Shape{2, 8192}}) {
    const Tensor targets = targets_for({shape[0]}, shape[1]);
    for (const double smoothing : {0.0, 0.1}) {
      expect_parity({noise(shape, 2, 10, 3), targets, noise({shape[0]}, 3)}, [&](const Tensors& in) {
        const CrossEntropy y = cross_entropy(in[0], in[1], -1, kIgnored, smoothing);
        return Tensors{y.loss, y.lse, cross_entropy_backward(in[2], in[0], in[1], y.lse, -1, kIgnored, smoothing)};
      });
    }
  }
}

TEST(CudaCrossEntropy, ClassesAlongAnotherAxis) {
  const Tensor targets = targets_for({2, 9, 5}, 33);
  expect_parity({noise({2, 33, 9, 5}, 4), targets, noise({2, 9, 5}, 5)}, [](const Tensors& in) {
    const CrossEntropy y = cross_entropy(in[0], in[1], 1, kIgnored, 0.1);
    return Tensors{y.loss, y.lse, cross_entropy_backward(in[2], in[0], in[1], y.lse, 1, kIgnored, 0.1)};
  });
}

TEST(CudaCrossEntropy, OfExtremeLogits) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor z = tensor({{6e4, -6e4}, {-inf, 0}, {-inf, -inf}, {inf, 0}, {nan, 0}, {nan, 0}}, Dtype::f64);
  const Tensor targets = tensor({0, 1, 0, 0, 1, kIgnored}, Dtype::i64);
  expect_parity({z, targets}, [](const Tensors& in) { return cross_entropy(in[0], in[1], -1, kIgnored).loss; });
}

TEST(CudaCrossEntropy, NamesTheFirstTargetThatIsNoClass) {
  const Tensor z = to(zeros({500, 4}), Device::cuda());
  const Tensor targets = zeros({500}, Dtype::i64);
  targets.mutable_data<i64>()[499] = 4;
  targets.mutable_data<i64>()[300] = 9;
  targets.mutable_data<i64>()[301] = -7;
  expect_error<IndexError>([&] { to(cross_entropy(z, to(targets, Device::cuda())).loss, Device::cpu()); },
                           "cross_entropy: target 9 is outside the 4 classes");
}

TEST(CudaCrossEntropy, OfNothing) {
  expect_parity({zeros({0, 5}, Dtype::f64), zeros({0}, Dtype::i64), zeros({0}, Dtype::f64)}, [](const Tensors& in) {
    const CrossEntropy y = cross_entropy(in[0], in[1]);
    return Tensors{y.loss, cross_entropy_backward(in[2], in[0], in[1], y.lse, -1, kIgnored, 0)};
  });
}

}  // namespace
}  // namespace cadena::parity
