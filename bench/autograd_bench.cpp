// The price of recording: time per scalar op, forward and backward, and per op that records nothing.

#include <benchmark/benchmark.h>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "tensor/arithmetic.h"
#include "tensor/factories.h"

namespace cadena {
namespace {

constexpr int kOps = 1000;

Variable chain(const Variable& x, const Variable& c) {
  Variable y = x;
  for (int i = 0; i < kOps; ++i) y = mul(y, c);
  return y;
}

void report(benchmark::State& state) {
  state.counters["per_op"] =
      benchmark::Counter(kOps, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void tensor_mul(benchmark::State& state) {
  const Tensor c = tensor(1.0, Dtype::f64);
  for (auto _ : state) {
    Tensor y = c;
    for (int i = 0; i < kOps; ++i) y = mul(y, c);
    benchmark::DoNotOptimize(y);
  }
  report(state);
}
BENCHMARK(tensor_mul);

void recorded_forward(benchmark::State& state) {
  const Variable x = parameter(tensor(1.0, Dtype::f64)), c(tensor(1.0, Dtype::f64));
  for (auto _ : state) {
    Variable y = chain(x, c);
    benchmark::DoNotOptimize(y);
    state.PauseTiming();  // freeing the graph is not part of the forward pass
    y = Variable();
    state.ResumeTiming();
  }
  report(state);
}
BENCHMARK(recorded_forward);

void backward(benchmark::State& state) {
  const Variable x = parameter(tensor(1.0, Dtype::f64)), c(tensor(1.0, Dtype::f64));
  const Variable y = chain(x, c);
  for (auto _ : state) benchmark::DoNotOptimize(grad(y, x));
  report(state);
}
BENCHMARK(backward);

}  // namespace
}  // namespace cadena
