// Kernels of every family on problems of drawn sizes, among them such as no list of cases names. Run for long by
//   CADENA_DRAWS=1000 cadena_test_cuda --gtest_filter='CudaSizes.*'
#include "tests/cuda/drawn_sizes.h"

#include <cmath>
#include <string>

#include "tensor/arithmetic.h"
#include "tensor/attention.h"
#include "tensor/batch_norm.h"
#include "tensor/conv.h"
#include "tensor/cross_entropy.h"
#include "tensor/extremum.h"
#include "tensor/indexing.h"
#include "tensor/layer_norm.h"
#include "tensor/linear.h"
#include "tensor/logsumexp.h"
#include "tensor/matmul.h"
#include "tensor/moments.h"
#include "tensor/pooling.h"
#include "tensor/reduce.h"
#include "tensor/rotary.h"
#include "tensor/scan.h"
#include "tensor/softmax.h"
#include "tensor/sort.h"
#include "tensor/triangular.h"
#include "tests/cuda/kernels/parity.h"
#include "tests/support/on_cuda.h"

namespace cadena::parity {
namespace {

using support::Drawn;
using support::draws;
using support::expect_agreement;

/// `problem(draw)` for every problem; each has a seed of its own, which a failure names.
template <class F>
void for_each_draw(F problem) {
  for (int i = 0; i < draws(2); ++i) {
    SCOPED_TRACE("draw " + std::to_string(i));
    Drawn draw(static_cast<unsigned>(i));
    ASSERT_NO_FATAL_FAILURE(problem(draw));
  }
}

Shape matrix(Drawn& draw, int least = 0) { return {draw.size(least, 300), draw.size(least, 300)}; }

TEST(CudaSizes, ElementwiseWithBroadcast) {
  for_each_draw([](Drawn& draw) {
    const Shape full{draw.size(0, 20), draw.size(0, 40), draw.size(0, 140)};
    Shape part = full;
    for (int axis = 0; axis < 3; ++axis) {
      if (draw.coin()) part[axis] = 1;
    }
    expect_parity({noise(full, 1), noise(part, 2)}, [](const Tensors& in) {
      return Tensors{add(in[0], in[1]), mul(in[1], in[0]), maximum(in[0], in[1])};
    });
  });
}

TEST(CudaSizes, Reductions) {
  for_each_draw([](Drawn& draw) {
    const Shape shape{draw.size(1, 9), draw.size(1, 130), draw.size(1, 130)};
    const int axis = draw.between(0, 2);
    const double terms = std::sqrt(static_cast<double>(shape.numel()));
    expect_parity(
        {noise(shape, 1)},
        [&](const Tensors& in) {
          return Tensors{sum(in[0], axis), mean(in[0], Axes({0, 2})), logsumexp(in[0], axis), var(in[0], axis, 0),
                         sum(in[0])};
        },
        terms);
    expect_equal({cast(noise(shape, 2), Dtype::f16)}, [&](const Tensors& in) {
      return Tensors{max(in[0], axis), argmin(in[0], axis)};
    });
  });
}

TEST(CudaSizes, SoftmaxAndScan) {
  for_each_draw([](Drawn& draw) {
    const Shape shape = matrix(draw);
    const int axis = draw.between(0, 1);
    expect_parity({noise(shape, 1, 3, 4)}, [&](const Tensors& in) {
      return Tensors{softmax(in[0], axis), log_softmax(in[0], axis)};
    });
    const Tensor logits = noise(shape, 1, 3, 4);
    expect_parity({noise(shape, 3), softmax(logits, axis), log_softmax(logits, axis)}, [&](const Tensors& in) {
      return Tensors{softmax_backward(in[0], in[1], axis), log_softmax_backward(in[0], in[2], axis)};
    });
    expect_parity(
        {noise(shape, 2)}, [&](const Tensors& in) { return cumsum(in[0], axis); }, 4);
  });
}

TEST(CudaSizes, Norms) {
  for_each_draw([](Drawn& draw) {
    const Shape shape = matrix(draw, 1);
    const double terms = std::sqrt(static_cast<double>(shape[0]));
    expect_parity(
        {noise(shape, 1), noise(shape, 2, 0.5, 2), noise({shape[1]}, 3, 1), noise({shape[1]}, 4)},
        [](const Tensors& in) {
          const auto rows = layer_norm(in[1], in[2], in[3], 1e-2);
          const auto columns = batch_norm(in[1], in[2], in[3], 1e-2);
          const NormGradients d = layer_norm_backward(in[0], in[1], in[2], rows.mean, rows.rstd, {});
          const NormGradients e = batch_norm_backward(in[0], in[1], in[2], columns.mean, columns.variance, 1e-2);
          return Tensors{rows.y, columns.y, rms_norm(in[1], in[2], 1e-2).y, d.x, d.weight, d.bias, e.x, e.weight};
        },
        8 + terms);
  });
}

TEST(CudaSizes, CrossEntropy) {
  for_each_draw([](Drawn& draw) {
    const Shape shape{draw.size(0, 130), draw.size(1, 1000)};
    Generator generator(1);
    const Tensor targets = randint(generator, {shape[0]}, 0, shape[1]);
    expect_parity({noise(shape, 2, 10, 3), targets, noise({shape[0]}, 3)}, [&](const Tensors& in) {
      const CrossEntropy y = cross_entropy(in[0], in[1], -1, -100, 0.1);
      return Tensors{y.loss, cross_entropy_backward(in[2], in[0], in[1], y.lse, -1, -100, 0.1)};
    });
  });
}

TEST(CudaSizes, Products) {
  for_each_draw([](Drawn& draw) {
    const i64 batch = draw.size(1, 4), m = draw.size(0, 140), n = draw.size(0, 140), k = draw.size(0, 260);
    expect_agreement({noise({batch, m, k}, 1), noise({k, n}, 2), noise({n, k}, 3), noise({n}, 4)},
                     2 + 0.5 * static_cast<double>(k), [](const auto& x) {
                       return std::vector{matmul(x[0], x[1]), linear(x[0], x[2], x[3])};
                     });
  });
}

// The backward pass reads the result o of the forward pass, which is rounded to the dtype: the sum of do o over its
// width is off by as much, and so are all cotangents.
TEST(CudaSizes, Attention) {
  for_each_draw([](Drawn& draw) {
    const i64 heads = draw.size(1, 4), queries = draw.size(0, 140), keys = draw.size(1, 140);
    const i64 depth = draw.size(1, 130), width = draw.size(1, 130);
    const AttentionOptions options{.causal = draw.coin()};
    const auto forward = [&](const Tensors& x) { return scaled_dot_product_attention(x[0], x[1], x[2], {}, options); };
    const auto backward = [&](const Tensors& x) {
      const Attended y = forward(x);
      const AttentionGradients d = attention_backward(x[3], x[0], x[1], x[2], {}, y.out, y.lse, options);
      return Tensors{d.q, d.k, d.v};
    };
    const Tensors inputs{noise({heads, queries, depth}, 1), noise({heads, keys, depth}, 2),
                         noise({heads, keys, width}, 3), noise({heads, queries, width}, 4)};
    expect_parity(
        inputs, [&](const Tensors& x) { return forward(x).out; }, 2);
    expect_parity(inputs, backward, 8, {Dtype::f32, Dtype::f64});
    expect_parity(inputs, backward, 6 + 2 * std::sqrt(static_cast<double>(width)), {Dtype::f16, Dtype::bf16});
  });
}

TEST(CudaSizes, Convolutions) {
  for_each_draw([](Drawn& draw) {
    const Pair size{draw.between(5, 33), draw.between(5, 33)}, window{draw.between(1, 3), draw.between(1, 3)};
    const i64 groups = draw.coin() ? 1 : 2;
    const ConvOptions options{.stride = {draw.between(1, 3), draw.between(1, 3)},
                              .padding = {draw.between(0, 2), draw.between(0, 2)},
                              .dilation = {draw.between(1, 2), draw.between(1, 2)},
                              .groups = groups};
    const Shape x{draw.size(1, 3), groups * draw.size(1, 17), size.h, size.w};
    const Shape w{groups * draw.size(1, 33), x[1] / groups, window.h, window.w};
    const Tensor image = noise(x, 1), kernel = noise(w, 2), dy = noise(conv2d(image, kernel, options).shape(), 3);
    expect_agreement({image, kernel, dy}, 300, [&](const auto& t) {
      return std::vector{conv2d(t[0], t[1], options), conv2d_input(t[2], t[1], size, options),
                         conv2d_weight(t[2], t[0], window, options)};
    });
  });
}

TEST(CudaSizes, Pooling) {
  for_each_draw([](Drawn& draw) {
    const Shape shape{draw.size(0, 33), draw.between(4, 40), draw.between(4, 40)};
    const Pair window{draw.between(2, 4), draw.between(2, 4)}, stride{draw.between(1, 4), draw.between(1, 4)};
    expect_agreement({noise(shape, 1)}, 12, [&](const auto& x) {
      const auto [y, at] = max_pool2d(x[0], window, {.stride = stride, .padding = 1});
      return std::vector{y, at, avg_pool2d(x[0], window, {.stride = stride, .padding = 1})};
    });
  });
}

TEST(CudaSizes, OrderAndIndices) {
  for_each_draw([](Drawn& draw) {
    const Shape shape{draw.size(1, 40), draw.size(1, 1000)};
    const i64 k = draw.between(0, static_cast<int>(shape[1]));
    Generator generator(1);
    const Tensor x = cast(randint(generator, shape, -60, 60), Dtype::f32), source = add(x, 100);
    const Tensor rows = randint(generator, {shape[0]}, -3, 3);
    expect_equal({x, source, rows}, [&](const Tensors& in) {
      const Sorted all = sort(in[0], 1, true), most = topk(in[0], k, 1);
      const Tensor sums = index_add(zeros({3, shape[1]}, Dtype::f32, in[0].device()), in[2], in[1], 0);
      return Tensors{all.values, all.indices, most.values, most.indices, sums};
    });
  });
}

TEST(CudaSizes, RotaryAndTriangles) {
  for_each_draw([](Drawn& draw) {
    const Shape shape{draw.size(0, 5), draw.size(0, 130), 2 * draw.size(1, 65)};
    expect_parity({noise(shape, 1)}, [](const Tensors& in) {
      return Tensors{rotary_embedding(in[0], 3, 10000, false), tril(in[0], 1), triu(in[0], -2)};
    });
  });
}

}  // namespace
}  // namespace cadena::parity
