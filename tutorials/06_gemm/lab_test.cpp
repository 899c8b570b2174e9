// Tests of Lab 6. Values come from the library's own operations in f64; the counts from the microscope in the student's
// process.
#include <cmath>

#include "lab.h"
#include "labs/kernels/remote.h"
#include "labs/test.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/matmul.h"
#include "tensor/views.h"

namespace {
using namespace cadena;
using labs::at_least;
using labs::at_most;
using labs::by_whole_warps;
using labs::Check;
using labs::Launched;
using labs::Output;
using labs::RemoteLaunch;

const RemoteLaunch<decltype(lab::combine)> combine("combine");
const RemoteLaunch<decltype(lab::multiply)> multiply("multiply");
const RemoteLaunch<decltype(lab::multiply_tiled)> multiply_tiled("multiply_tiled");
const RemoteLaunch<decltype(lab::transpose)> turn("transpose");
const RemoteLaunch<decltype(lab::multiply_registers)> multiply_registers("multiply_registers");
const RemoteLaunch<decltype(lab::activate)> activate("activate");

Tensor draw(Check& check, const Shape& shape) { return normal(check.random(), shape); }

Tensor from(std::vector<double> values, const Shape& shape) {
  return from_values(std::span<const double>(values), shape, Dtype::f64);
}

/// f of each pair of elements.
template <class F>
Tensor each(const Tensor& x, const Tensor& y, F f) {
  std::vector<double> a = x.to_vector();
  const std::vector<double> b = y.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = f(a[i], b[i]);
  return from(a, x.shape());
}

Tensor product(const Tensor& a, const Tensor& b) { return matmul(cast(a, Dtype::f64), cast(b, Dtype::f64)); }

std::string extents(int m, int n, int k) { return concat("m = ", m, ", n = ", n, ", k = ", k); }

/// The microscope has seen every sector of the inputs read and of the outputs written.
void saw_all(Check& check, const Launched& run, i64 input_elements, i64 output_elements) {
  at_least(check, "sectors that were read, as the microscope saw them", double(run.sectors_read),
           std::floor(double(input_elements) / 8));
  at_least(check, "sectors that were written, as the microscope saw them", double(run.sectors_written),
           std::floor(double(output_elements) / 8));
}

// ---- 6.1

double formula(double alpha, double x, double y) {
#if LAB_formula_axpy
  return alpha * x + y;
#elif LAB_formula_product
  return x * y + alpha;
#elif LAB_formula_distance
  return std::abs(x - alpha * y);
#endif
}

Launched check_combine(Check& check, int n, float alpha) {
  const Tensor x = draw(check, {n}), y = draw(check, {n});
  Launched run = combine(Output{{n}}, x, y, alpha, n);
  check.near(concat("z for n = ", n), run.outputs[0],
             each(x, y, [=](double a, double b) { return formula(double(alpha), a, b); }), 1e-5);
  return run;
}

void combine_small(Check& check) {
  for (const int n : {128, 1, 31, 1000}) check_combine(check, n, 0.75f);
}

void combine_any(Check& check) {
  check_combine(check, 0, 1.5f);
  for (const int n : {8192, 8193, 20011}) {
    const Launched run = check_combine(check, n, -0.25f);
    at_most(check, concat("blocks for n = ", n), double(run.blocks), 64);
    at_most(check, concat("threads for n = ", n), double(run.threads), 64 * 128);
  }
}

void combine_coalesced(Check& check) {
  const Launched run = check_combine(check, 32768, 0.5f);
  at_most(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 4.1);
  at_most(check, "sectors a request that reads y", run.arguments[2].loads.sectors_per_request(), 4.1);
  at_most(check, "sectors a request that writes z", run.arguments[0].stores.sectors_per_request(), 4.1);
  by_whole_warps(check, "reads x", run.arguments[1].loads);
  by_whole_warps(check, "reads y", run.arguments[2].loads);
  by_whole_warps(check, "writes z", run.arguments[0].stores);
  saw_all(check, run, 2 * 32768, 32768);
}

// ---- 6.2

Launched check_multiply(Check& check, int m, int n, int k) {
#if LAB_layout_plain
  const Tensor a = draw(check, {m, k}), b = draw(check, {k, n});
  Launched run = multiply(Output{{m, n}}, a, b, m, n, k);
  check.near("c of " + extents(m, n, k), run.outputs[0], product(a, b), 1e-4);
#elif LAB_layout_transposed
  const Tensor a = draw(check, {k, m}), b = draw(check, {k, n});
  Launched run = multiply(Output{{m, n}}, a, b, m, n, k);
  check.near("c of " + extents(m, n, k), run.outputs[0], product(transpose(a), b), 1e-4);
#elif LAB_layout_columns
  const Tensor a = draw(check, {k, m}), b = draw(check, {n, k});  // what lies in memory, row by row
  Launched run = multiply(Output{{n, m}}, a, b, m, n, k);
  check.near("c^T of " + extents(m, n, k), run.outputs[0], product(b, a), 1e-4);
#endif
  return run;
}

void multiply_square(Check& check) { check_multiply(check, 32, 32, 32); }

void multiply_rectangular(Check& check) {
  check_multiply(check, 40, 33, 7);
  check_multiply(check, 1, 65, 3);
  check_multiply(check, 37, 5, 50);
}

void multiply_coalesced(Check& check) {
  const int m = 64, n = 64, k = 32;
  const Launched run = check_multiply(check, m, n, k);
  const double warps = double(m) * n * k / 32;
  at_most(check, "sectors of a and b a multiplication of a warp",
          double(run.arguments[1].loads.sectors + run.arguments[2].loads.sectors) / warps, 5.3);
  at_most(check, "sectors a request that writes c", run.arguments[0].stores.sectors_per_request(), 4.1);
  saw_all(check, run, m * k + k * n, m * n);
}

// ---- 6.3

double epilogue(double v) {
#if LAB_epilogue_relu
  return v > 0 ? v : 0;
#elif LAB_epilogue_leaky
  return v > 0 ? v : 0.1 * v;
#elif LAB_epilogue_clamp
  return v < 0 ? 0 : v > 1 ? 1 : v;
#endif
}

Launched check_tiled(Check& check, int m, int n, int k) {
  const Tensor a = draw(check, {m, k}), b = draw(check, {k, n}), bias = draw(check, {n});
  Launched run = multiply_tiled(Output{{m, n}}, a, b, bias, m, n, k);
  const Tensor v = product(a, b) + cast(bias, Dtype::f64);
  check.near("c of " + extents(m, n, k), run.outputs[0], each(v, v, [](double x, double) { return epilogue(x); }),
             1e-4);
  return run;
}

void tiled_square(Check& check) { check_tiled(check, 32, 32, 32); }

void tiled_any(Check& check) {
  check_tiled(check, 17, 16, 16);
  check_tiled(check, 16, 19, 20);
  check_tiled(check, 5, 40, 1);
  check_tiled(check, 33, 3, 31);
}

void tiled_reads(Check& check) {
  const int m = 64, n = 64, k = 64;
  const Launched run = check_tiled(check, m, n, k);
  at_most(check, "sectors of a and b", double(run.arguments[1].loads.sectors + run.arguments[2].loads.sectors),
          4096 * 1.05);
  by_whole_warps(check, "reads a", run.arguments[1].loads);
  by_whole_warps(check, "reads b", run.arguments[2].loads);
  saw_all(check, run, m * k + k * n + n, m * n);
}

// ---- 6.4

Launched check_turn(Check& check, int rows, int columns) {
  const Tensor x = draw(check, {rows, columns});
  Launched run = turn(Output{{columns, rows}}, x, rows, columns);
  const std::vector<double> in = x.to_vector();
  std::vector<double> out(in.size());
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
#if LAB_turn_transpose
      const int to = j * rows + i;
#elif LAB_turn_antitranspose
      const int to = (columns - 1 - j) * rows + rows - 1 - i;
#elif LAB_turn_quarter
      const int to = j * rows + rows - 1 - i;
#endif
      out[std::size_t(to)] = in[std::size_t(i * columns + j)];
    }
  }
  check.near(concat("y for ", rows, " rows and ", columns, " columns"), run.outputs[0], from(out, {columns, rows}), 0);
  return run;
}

void turn_values(Check& check) {
  check_turn(check, 64, 32);
  check_turn(check, 33, 50);
  check_turn(check, 1, 70);
  check_turn(check, 45, 3);
}

void turn_coalesced(Check& check) {
  const Launched run = check_turn(check, 96, 64);
  at_most(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 4.1);
  at_most(check, "sectors a request that writes y", run.arguments[0].stores.sectors_per_request(), 4.1);
  by_whole_warps(check, "reads x", run.arguments[1].loads);
  by_whole_warps(check, "writes y", run.arguments[0].stores);
  saw_all(check, run, 96 * 64, 96 * 64);
}

void turn_without_conflicts(Check& check) {
  const Launched run = check_turn(check, 96, 64);
  const auto& shared = run.shared;
  at_least(check, "writes into shared memory", double(shared.stores.lanes), 96 * 64);
  at_most(check, "passes over the banks where 1 would do, reading",
          double(shared.loads.wavefronts) / double(shared.loads.ideal_wavefronts), 1.01);
  at_most(check, "passes over the banks where 1 would do, writing",
          double(shared.stores.wavefronts) / double(shared.stores.ideal_wavefronts), 1.01);
  by_whole_warps(check, "reads shared memory", shared.loads);
  by_whole_warps(check, "writes shared memory", shared.stores);
  saw_all(check, run, 96 * 64, 96 * 64);
}

// ---- 6.5

Launched check_registers(Check& check, int m, int n, int k) {
  const Tensor a = draw(check, {m, k});
#if LAB_product_ab
  const Tensor b = draw(check, {k, n}), right = b;
#elif LAB_product_abt
  const Tensor b = draw(check, {n, k}), right = transpose(b);
#endif
  Launched run = multiply_registers(Output{{m, n}}, a, b, m, n, k);
  check.near("c of " + extents(m, n, k), run.outputs[0], product(a, right), 1e-4);
  return run;
}

void registers_square(Check& check) { check_registers(check, 64, 64, 64); }

void registers_any(Check& check) {
  check_registers(check, 65, 40, 9);
  check_registers(check, 3, 100, 17);
  check_registers(check, 70, 1, 5);
}

void registers_loads(Check& check) {
  const int m = 64, n = 128, k = 32;
  const Launched run = check_registers(check, m, n, k);
  const double multiplications = double(m) * n * k;
  at_most(check, "loads from shared memory a multiplication", double(run.shared.loads.lanes) / multiplications, 0.6);
  at_most(check, "loads from device memory a multiplication",
          double(run.arguments[1].loads.lanes + run.arguments[2].loads.lanes) / multiplications, 1.0 / 16);
  by_whole_warps(check, "reads a", run.arguments[1].loads);
  by_whole_warps(check, "reads b", run.arguments[2].loads);
  saw_all(check, run, m * k + k * n, m * n);
}

// ---- 6.6

double activation(double v) {
#if LAB_activation_silu
  return v / (1 + std::exp(-v));
#elif LAB_activation_relusquared
  return v > 0 ? v * v : 0;
#elif LAB_activation_softsign
  return v / (1 + std::abs(v));
#endif
}

Launched check_activate(Check& check, int n) {
  const Tensor x = draw(check, {n}) * 2;
  Launched run = activate(Output{{n}}, x, n);
  check.near(concat("y for n = ", n), run.outputs[0], each(x, x, [](double v, double) { return activation(v); }), 1e-5);
  return run;
}

void activate_values(Check& check) {
  for (const int n : {4096, 128, 4}) check_activate(check, n);
}

void activate_rest(Check& check) {
  for (const int n : {0, 1, 2, 3, 5, 127, 1002}) check_activate(check, n);
}

void activate_wide(Check& check) {
  const int n = 16384;
  const Launched run = check_activate(check, n);
  at_least(check, "sectors a request that reads x", run.arguments[1].loads.sectors_per_request(), 15.9);
  at_most(check, "requests that read x", double(run.arguments[1].loads.requests), n / 128 + 1);
  at_least(check, "sectors a request that writes y", run.arguments[0].stores.sectors_per_request(), 15.9);
  saw_all(check, run, n, n);
}

}  // namespace

int main(int argc, char** argv) {
  return cadena::labs::run(argc, argv,
                           {{"Combine.Values", combine_small},
                            {"Combine.AnyNumber", combine_any},
                            {"Combine.Coalesced", combine_coalesced},
                            {"Multiply.Square", multiply_square},
                            {"Multiply.Rectangular", multiply_rectangular},
                            {"Multiply.Coalesced", multiply_coalesced},
                            {"Tiled.Square", tiled_square},
                            {"Tiled.AnyExtents", tiled_any},
                            {"Tiled.ReadsOnce", tiled_reads},
                            {"Transpose.Values", turn_values},
                            {"Transpose.Coalesced", turn_coalesced},
                            {"Transpose.NoBankConflicts", turn_without_conflicts},
                            {"Registers.Square", registers_square},
                            {"Registers.AnyExtents", registers_any},
                            {"Registers.Loads", registers_loads},
                            {"Activate.Values", activate_values},
                            {"Activate.Rest", activate_rest},
                            {"Activate.FourAtATime", activate_wide}});
}
