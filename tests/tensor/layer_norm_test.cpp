#include "tensor/layer_norm.h"

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/batch_norm.h"
#include "tensor/cpu/parallel.h"
#include "tensor/random.h"
#include "tensor/reduce.h"
#include "tests/support/expect_values.h"

// Expected values: PyTorch 1.13.1 in f64 (layer_norm, batch_norm, group_norm; rms norm written out), with sin and cos
// of 0, 1, 2, … as inputs where these have three axes.
namespace cadena {
namespace {

Tensor example() { return tensor({{3, -1, 2}, {0.5, 4, -2.5}}, Dtype::f64); }
Tensor cotangent() { return tensor({{1, 2, -1}, {0.5, -0.25, 3}}, Dtype::f64); }
Tensor weight() { return tensor({1.5, -0.5, 2}, Dtype::f64); }
Tensor bias() { return tensor({0.1, 0.2, -0.3}, Dtype::f64); }

Tensor wave(const Shape& shape, double (*f)(double)) {
  std::vector<double> values;
  for (i64 i = 0; i < shape.numel(); ++i) values.push_back(f(static_cast<double>(i)));
  return from_values(values, shape, Dtype::f64);
}

TEST(LayerNorm, CentresAndScalesRows) {
  const std::vector<double> expected{1.5708684678046965,   0.8864052849755251, 0.4844631828291715,
                                     0.005881695927263328, -0.427455360484911, -2.6843303698426615};
  const Normalized y = layer_norm(example(), weight(), bias());
  expect_values(y.y, expected);
  expect_values(y.mean, {1.3333333333333333, 0.6666666666666666});
  expect_values(y.rstd, {0.5883473871218786, 0.3764732162909466});
  expect_values(layer_norm(scattered(example()), scattered(weight()), scattered(bias())).y, expected);
}

TEST(LayerNorm, Backward) {
  const Normalized y = layer_norm(example(), weight(), bias());
  const NormGradients d = layer_norm_backward(scattered(cotangent()), example(), weight(), y.mean, y.rstd);
  expect_values(d.x, {0.7806930959944559, 0.2602286559880824, -1.0409217519825384, -0.6358542906453011,
                      0.2934696753047856, 0.3423846153405159});
  expect_values(d.weight, {0.9492062105122188, -3.059348820144556, -3.968727146178578});
  expect_values(d.bias, {1.5, 1.75, 2.0});
}

TEST(LayerNorm, LeavesOutWhatIsNotGiven) {
  const Normalized plain = layer_norm(example(), {}, {});
  const Normalized ones_too = layer_norm(example(), ones({3}, Dtype::f64), zeros({3}, Dtype::f64));
  EXPECT_EQ(plain.y.to_vector(), ones_too.y.to_vector());
  const NormGradients d = layer_norm_backward(cotangent(), example(), {}, plain.mean, plain.rstd, {true, false, false});
  EXPECT_FALSE(d.weight.defined());
  EXPECT_FALSE(d.bias.defined());
}

TEST(RmsNorm, ScalesRows) {
  const Normalized y = rms_norm(example(), weight());
  expect_values(y.y, {2.0830950012995024, 0.23145500014438916, 1.8516400011551133, 0.2738612604951663,
                      -0.7302966946537768, -1.825741736634442});
  const NormGradients d = rms_norm_backward(cotangent(), example(), weight(), y.rstd);
  expect_values(d.x, {0.5455725322244462, -0.41331251088587123, -1.0250149793833707, 0.3884772542350849,
                      0.9625714933352097, 1.6178101152617375});
  expect_values(d.weight, {1.4800170876980572, -1.2909683479044451, -3.6644326055292193});
  EXPECT_FALSE(d.bias.defined());
}

TEST(LayerNorm, KeepsTheStatisticsOfHalvesInF32) {
  Generator generator(6);
  const Tensor x = normal(generator, {5, 700}, 100, 1, Dtype::f64);
  const Tensor low = cast(x, Dtype::bf16);
  const Normalized y = layer_norm(low, {}, {}), exact = layer_norm(cast(low, Dtype::f64), {}, {});
  EXPECT_EQ(y.y.dtype(), Dtype::bf16);
  EXPECT_EQ(y.mean.dtype(), Dtype::f32);
  expect_values(y.y, exact.y.to_vector(), 0x1p-8);
  expect_values(y.rstd, exact.rstd.to_vector(), 1e-5);
}

// 5, 16 and 21 blocks of 64 rows.
TEST(LayerNorm, AddsTheColumnsOfManyRowsAccurately) {
  Generator generator(7);
  for (i64 rows : {300, 1000, 1300}) {
    const Tensor x = normal(generator, {rows, 5}, 0, 1, Dtype::f64),
                 dy = normal(generator, {rows, 5}, 0, 1, Dtype::f64);
    const Normalized y = layer_norm(x, {}, {});
    const NormGradients d = layer_norm_backward(dy, x, {}, y.mean, y.rstd);
    expect_values(d.bias, sum(dy, 0).to_vector(), 1e-12);
    expect_values(d.weight, sum(mul(dy, y.y), 0).to_vector(), 1e-12);
  }
}

TEST(LayerNorm, GivesTheSameBitsForAnyNumberOfThreadsAndAnyChoiceOfCotangents) {
  const int before = cpu::num_threads();
  Generator generator(8);
  const Tensor x = normal(generator, {700, 67}), dy = normal(generator, {700, 67}), w = normal(generator, {67});
  const Normalized y = layer_norm(x, w, {});
  const auto gradients = [&](int threads, NormWanted wanted) {
    cpu::set_num_threads(threads);
    return layer_norm_backward(dy, x, w, y.mean, y.rstd, wanted);
  };
  const NormGradients one = gradients(1, {}), three = gradients(3, {});
  EXPECT_EQ(one.x.to_vector(), three.x.to_vector());
  EXPECT_EQ(one.weight.to_vector(), three.weight.to_vector());
  EXPECT_EQ(one.bias.to_vector(), three.bias.to_vector());
  EXPECT_EQ(gradients(3, {true, false, false}).x.to_vector(), one.x.to_vector());
  EXPECT_EQ(gradients(3, {false, true, false}).weight.to_vector(), one.weight.to_vector());
  EXPECT_EQ(gradients(3, {false, false, true}).bias.to_vector(), one.bias.to_vector());
  cpu::set_num_threads(before);
}

TEST(BatchNorm, CentresAndScalesChannels) {
  const Tensor x = wave({2, 3, 2}, std::sin);
  const std::vector<double> expected{-0.8938418881653675, 1.8502442182728722,  -0.22224328071074292,
                                     0.872362215962336,   0.34051724144804685, -1.886525100681073,
                                     -1.805032173242439,  1.2486298431349345,  -0.3363250166195039,
                                     0.4862060813679107,  2.685010517871242,   -2.3390026586382144};
  const BatchNormalized<Tensor> y = batch_norm(x, weight(), bias());
  expect_values(y.y, expected, 1e-13);
  expect_values(batch_norm(scattered(x), weight(), bias()).y, expected, 1e-13);
  const NormGradients d = batch_norm_backward(wave({2, 3, 2}, std::cos), x, weight(), y.mean, y.variance, 1e-5);
  expect_values(d.x,
                {0.24367470977531663, -0.2498180688727744, 0.12037606695793858, -0.11109828998438662,
                 -2.391886754940026, 2.7483073180871496, -0.22013059359708748, 0.22627395269454512,
                 -0.15593268272396027, 0.1466549057504085, 1.0259227906133703, -1.382343353760499},
                1e-12);
  expect_values(d.weight, {-0.6742543739433963, 1.3453081141969736, -1.6911842678903062}, 1e-12);
  expect_values(d.bias, {3.2543748468618103, -2.4627696288408782, -1.2046272664887874}, 1e-12);
}

TEST(BatchNorm, OfAMatrixNormalizesColumns) {
  expect_values(batch_norm(transpose(example()), {}, {}).y, transpose(layer_norm(example(), {}, {}).y).to_vector());
}

// A matrix is gone through by columns, in groups and in leaves of rows; the same channels as one image are not.
TEST(BatchNorm, OfAMatrixIsThatOfAnImageForEveryExtent) {
  const int before = cpu::num_threads();
  for (const Shape& shape : {Shape{600, 130}, Shape{257, 257}, Shape{5, 64}, Shape{300, 8}, Shape{700, 7},
                             Shape{1030, 2}, Shape{515, 1}, Shape{1, 9}}) {
    const Tensor x = wave(shape, std::sin), dy = wave(shape, std::cos), w = wave({shape[1]}, std::cos);
    const auto image = [](const Tensor& t) { return unsqueeze(transpose(t), 0); };
    const auto expected = batch_norm(image(x), w, w, 0.1);
    const NormGradients e = batch_norm_backward(image(dy), image(x), w, expected.mean, expected.variance, 0.1);
    for (int threads : {1, 3}) {
      cpu::set_num_threads(threads);
      const auto n = batch_norm(x, w, w, 0.1);
      const NormGradients d = batch_norm_backward(dy, x, w, n.mean, n.variance, 0.1);
      expect_values(image(n.y), expected.y);
      expect_values(n.mean, expected.mean);
      expect_values(n.variance, expected.variance);
      expect_values(image(d.x), e.x);
      expect_values(d.weight, e.weight, 1e-10);
      expect_values(d.bias, e.bias, 1e-10);
    }
  }
  cpu::set_num_threads(before);
}

TEST(GroupNorm, NormalizesGroupsOfChannels) {
  const Tensor y = group_norm(wave({2, 4, 2}, std::sin), 2, tensor({1.5, -0.5, 2, 1}, Dtype::f64),
                              tensor({0.1, 0.2, -0.3, 0}, Dtype::f64));
  expect_values(y,
                {-1.646512803733046, 1.4607314367597035, -0.33706321744480383, 0.6084694284536896, -1.6547747823968062,
                 -2.303254793332521, 0.08842796549743065, 1.5905868223672328, 2.068724237818906, 0.9600072645366294,
                 0.5254902893621047, 0.8174202114230739, -3.5348888843284394, -0.16236684469321624, 1.0742217235205183,
                 0.4744061409903099},
                1e-13);
}

TEST(GroupNorm, OfNothingAndOfOneElement) {
  EXPECT_EQ(group_norm(zeros({0, 4, 3}), 2, {}, {}).shape(), (Shape{0, 4, 3}));
  expect_values(group_norm(ones({1, 1}), 1, {}, {}), {0});
}

TEST(LayerNorm, OfAVarianceThatOverflowsHasRstdZero) {
  for (Dtype dtype : {Dtype::f32, Dtype::bf16}) {
    const Normalized y = layer_norm(tensor({1e30, -1e30}, dtype), {}, tensor({0.5, 2}, dtype));
    expect_values(y.rstd, {0});
    expect_values(y.y, {0.5, 2});
  }
}

TEST(LayerNorm, OfNothing) {
  EXPECT_EQ(layer_norm(zeros({0, 3}), {}, {}).y.shape(), (Shape{0, 3}));
  EXPECT_EQ(layer_norm(zeros({3, 0}), {}, {}).rstd.shape(), (Shape{3}));
  expect_values(layer_norm_backward(zeros({0, 3}), zeros({0, 3}), {}, zeros({0}), zeros({0})).bias, {0, 0, 0});
}

TEST(LayerNorm, NamesWhatIsWrong) {
  expect_error<ShapeError>([] { layer_norm(example(), ones({2}, Dtype::f64), {}); },
                           "layer_norm: weight (2,) does not fit the last axis of x (2, 3)");
  expect_error<DtypeError>([] { layer_norm(example(), ones({3}), {}); }, "layer_norm");
  expect_error<DtypeError>([] { rms_norm(tensor({1, 2}, Dtype::i64), {}); }, "rms_norm: expected a floating dtype");
  expect_error<ShapeError>([] { rms_norm(tensor(1), {}); }, "rms_norm");
  expect_error<ValueError>([] { layer_norm(example(), {}, {}, -1); }, "eps");
  expect_error<ShapeError>([] { batch_norm(transpose(example()), weight(), bias()); },
                           "weight (3,) does not fit axis 1");
  expect_error<ShapeError>([] { batch_norm(zeros({0, 3}), {}, {}); }, "batch_norm: expected at least one element");
  expect_error<ShapeError>([] { group_norm(zeros({2, 4}), 3, {}, {}); }, "group_norm: 3 groups do not divide");
  expect_error<ValueError>([] { group_norm(zeros({2, 4}), 2, {}, {}, -1); }, "group_norm: eps = -1 is negative");
}

}  // namespace
}  // namespace cadena
