// What networks spend their time in, in f32: products, softmax, norms, GELU, convolution, attention, and one training
// step of a small GPT. bench/compare.py sets each beside the same in PyTorch (bench/cpu_peer.py), by its name.

#include <benchmark/benchmark.h>

#include "autograd/activation.h"
#include "autograd/attention.h"
#include "autograd/batch_norm.h"
#include "autograd/conv.h"
#include "autograd/engine.h"
#include "autograd/layer_norm.h"
#include "autograd/matmul.h"
#include "autograd/softmax.h"
#include "nn/gpt.h"
#include "nn/loss.h"
#include "optim/adam.h"
#include "tensor/random.h"

namespace cadena {
namespace {

Variable normal(const Shape& shape, std::uint64_t stream) {
  Generator g(1, stream);
  return parameter(randn(g, shape));
}

// The time of f() alone, which records no graph: its arguments are constants.
template <class F>
void forward(benchmark::State& state, F f) {
  for (auto _ : state) benchmark::DoNotOptimize(f());
}

// The time of all gradients of y for one cotangent, without the forward pass.
void backward(benchmark::State& state, const Variable& y, std::initializer_list<Variable> inputs) {
  Generator g(2);
  const Variable cotangent(randn(g, y.shape()));
  for (auto _ : state) benchmark::DoNotOptimize(grad(y, inputs, {.cotangent = cotangent}));
}

void matmul_square(benchmark::State& state) {
  const i64 n = state.range(0);
  const Variable a = normal({n, n}, 0).detach(), b = normal({n, n}, 1).detach();
  forward(state, [&] { return matmul(a, b); });
}
BENCHMARK(matmul_square)->Name("matmul")->Arg(64)->Arg(256)->Arg(1024);

void softmax_forward(benchmark::State& state) {
  const Variable x = normal({1024, 1024}, 0).detach();
  forward(state, [&] { return softmax(x); });
}
BENCHMARK(softmax_forward)->Name("softmax");

void softmax_backward(benchmark::State& state) {
  const Variable x = normal({1024, 1024}, 0);
  backward(state, softmax(x), {x});
}
BENCHMARK(softmax_backward);

void layer_norm_forward(benchmark::State& state) {
  const Variable x = normal({1024, 768}, 0).detach(), w = normal({768}, 1).detach(), b = normal({768}, 2).detach();
  forward(state, [&] { return layer_norm(x, w, b); });
}
BENCHMARK(layer_norm_forward)->Name("layer_norm");

void layer_norm_backward(benchmark::State& state) {
  const Variable x = normal({1024, 768}, 0), w = normal({768}, 1), b = normal({768}, 2);
  backward(state, layer_norm(x, w, b), {x, w, b});
}
BENCHMARK(layer_norm_backward);

void gelu_forward(benchmark::State& state) {
  const Variable x = normal({1024, 1024}, 0).detach();
  forward(state, [&] { return gelu(x); });
}
BENCHMARK(gelu_forward)->Name("gelu");

void gelu_backward(benchmark::State& state) {
  const Variable x = normal({1024, 1024}, 0);
  backward(state, gelu(x), {x});
}
BENCHMARK(gelu_backward);

void batch_norm_forward(benchmark::State& state) {
  const Variable x = normal({16, 64, 28, 28}, 0).detach(), w = normal({64}, 1).detach(), b = normal({64}, 2).detach();
  forward(state, [&] { return batch_norm(x, w, b).y; });
}
BENCHMARK(batch_norm_forward)->Name("batch_norm");

void batch_norm_backward(benchmark::State& state) {
  const Variable x = normal({16, 64, 28, 28}, 0), w = normal({64}, 1), b = normal({64}, 2);
  backward(state, batch_norm(x, w, b).y, {x, w, b});
}
BENCHMARK(batch_norm_backward);

const ConvOptions kSame{.padding = 1};

void conv2d_forward(benchmark::State& state) {
  const Variable x = normal({16, 32, 28, 28}, 0).detach(), w = normal({64, 32, 3, 3}, 1).detach();
  forward(state, [&] { return conv2d(x, w, kSame); });
}
BENCHMARK(conv2d_forward)->Name("conv2d");

void conv2d_backward(benchmark::State& state) {
  const Variable x = normal({16, 32, 28, 28}, 0), w = normal({64, 32, 3, 3}, 1);
  backward(state, conv2d(x, w, kSame), {x, w});
}
BENCHMARK(conv2d_backward);

const Shape kHeads{4, 8, 256, 64};  // batch, heads, positions, width

void attention_forward(benchmark::State& state) {
  const Variable q = normal(kHeads, 0).detach(), k = normal(kHeads, 1).detach(), v = normal(kHeads, 2).detach();
  forward(state, [&] { return scaled_dot_product_attention(q, k, v, {}, {.causal = true}); });
}
BENCHMARK(attention_forward)->Name("attention");

void attention_backward(benchmark::State& state) {
  const Variable q = normal(kHeads, 0), k = normal(kHeads, 1), v = normal(kHeads, 2);
  backward(state, scaled_dot_product_attention(q, k, v, {}, {.causal = true}), {q, k, v});
}
BENCHMARK(attention_backward);

void gpt_step(benchmark::State& state) {
  Generator g(3);
  nn::GPT model({.vocabulary = 65, .context = 64, .layers = 4, .heads = 4, .width = 128}, g);
  AdamW optimizer(model.parameters());
  const Tensor tokens = randint(g, {12, 64}, 0, 65), next = randint(g, {12, 64}, 0, 65);
  for (auto _ : state) {
    const Variable loss = nn::cross_entropy_loss(model(tokens), next);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(gpt_step);

}  // namespace
}  // namespace cadena
