#include "tensor/cross_entropy.h"

#include <limits>

#include "tensor/base/error.h"
#include "tensor/cpu/parallel.h"
#include "tensor/softmax.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64.
namespace cadena {
namespace {

Tensor logits() { return tensor({{1, 2, 0.5}, {-1, 0.25, 3}, {0.1, 0.2, 0.3}}, Dtype::f64); }
Tensor targets() { return tensor({2, 0, 1}, Dtype::i64); }

TEST(CrossEntropy, OfRows) {
  const CrossEntropy y = cross_entropy(logits(), targets());
  expect_values(y.loss, {1.964368784107945, 4.0790362014041, 1.101942848229244});
  expect_values(y.lse, {2.464368784107945, 3.0790362014040995, 1.301942848229244});
  expect_values(cross_entropy(scattered(logits()), targets()).loss,
                {1.964368784107945, 4.0790362014041, 1.101942848229244});
}

TEST(CrossEntropy, WithSmoothedLabelsAndIgnoredRows) {
  expect_values(cross_entropy(logits(), targets(), 1, -100, 0.1).loss,
                {1.8977021174412783, 3.9040362014041, 1.101942848229244});
  expect_values(cross_entropy(logits(), tensor({2, -100, 1}, Dtype::i64), 1, -100, 0.1).loss,
                {1.8977021174412783, 0, 1.101942848229244});
  expect_values(cross_entropy(logits(), targets(), 1, 2).loss, {0, 4.0790362014041, 1.101942848229244});
}

// logits = sin(0 … 11) as (2, 3, 2): the classes in the middle.
TEST(CrossEntropy, WithClassesAlongAnyAxis) {
  const Tensor z = from_values(
      std::vector<double>{0.0, 0.8414709848078965, 0.9092974268256817, 0.1411200080598672, -0.7568024953079282,
                          -0.9589242746631385, -0.27941549819892586, 0.6569865987187891, 0.9893582466233818,
                          0.4121184852417566, -0.5440211108893698, -0.9999902065507035},
      {2, 3, 2}, Dtype::f64);
  expect_values(cross_entropy(z, tensor({{0, 2}, {1, 1}}, Dtype::i64), 1).loss,
                {1.3741564725631146, 2.308203100102385, 0.40345065055272744, 0.9246881054019394});
}

TEST(CrossEntropy, SurvivesLargeLogits) {
  expect_values(cross_entropy(tensor({{1000, 0}, {-1000, 0}}), tensor({1, 1}, Dtype::i64)).loss, {1000, 0});
  expect_values(cross_entropy(tensor({{3e38, -3e38}}), tensor({0}, Dtype::i64)).loss, {0});
}

TEST(CrossEntropy, BackwardIsSoftmaxMinusTarget) {
  const Tensor z = tensor({{1, 2, 0.5}}, Dtype::f64), t = tensor({2}, Dtype::i64), one = tensor({1}, Dtype::f64);
  const Tensor dz = cross_entropy_backward(one, z, t, cross_entropy(z, t).lse, 1, -100, 0);
  const std::vector<double> s = softmax(z).to_vector();
  expect_values(dz, {s[0], s[1], s[2] - 1});
  expect_values(cross_entropy_backward(one, z, t, cross_entropy(z, t).lse, 1, 2, 0), {0, 0, 0});
}

TEST(CrossEntropy, NamesTheFirstWrongTargetForAnyNumberOfThreads) {
  const int before = cpu::num_threads();
  const Tensor z = zeros({40000, 3}), t = zeros({40000}, Dtype::i64);
  fill(slice(t, 0, {8192, 8193}), 7);  // at the end of the first thread's rows
  fill(slice(t, 0, {8193}), 9);
  for (int threads : {1, 2}) {
    cpu::set_num_threads(threads);
    expect_error<IndexError>([&] { cross_entropy(z, t); }, "target 7");
  }
  cpu::set_num_threads(before);
}

TEST(CrossEntropy, NamesWhatIsWrong) {
  expect_error<DtypeError>([] { cross_entropy(logits(), tensor({0, 1, 2})); }, "must be i64, got f32");
  expect_error<ShapeError>([] { cross_entropy(logits(), tensor({0, 1}, Dtype::i64)); }, "need targets (3,), got (2,)");
  expect_error<IndexError>([] { cross_entropy(logits(), tensor({0, 3, 1}, Dtype::i64)); }, "target 3 is outside the 3");
  expect_error<IndexError>([] { cross_entropy(logits(), tensor({0, -1, 1}, Dtype::i64)); }, "target -1");
  expect_error<ValueError>([] { cross_entropy(logits(), targets(), 1, -100, 1.5); }, "label_smoothing");
  expect_error<ShapeError>([] { cross_entropy(logits(), targets(), 2); }, "cross_entropy");
  EXPECT_EQ(cross_entropy(zeros({0, 3}), zeros({0}, Dtype::i64)).loss.shape(), (Shape{0}));
}

}  // namespace
}  // namespace cadena
