// Chapter 7: what rows and attention cost in memory, in roundings and in waiting; and what the microscope counts on the
// ladders of softmax, layer norm and attention. About 20 s on one core, most of it the ladders under the emulator.
#include <algorithm>
#include <cmath>
#include <random>

#include "tutorials/07_softmax_attention/rows.h"
#include "tutorials/07_softmax_attention/schedule.h"
#include "tutorials/support/chapter.h"
#include "tutorials/support/ladder_report.h"

namespace cadena::tutorials {
namespace {

constexpr double kCores = 66.9e12, kTensor = 989.4e12, kBandwidth = 4.8e12;  // H200 SXM, data sheet
constexpr std::size_t kProcessors = 132;

// Relative errors of sums of uniform numbers in f32, one thread against 256.
void sums(Run& run) {
  Curve one{"one thread", {}, {}}, shared{"256 threads, then halves", {}, {}}, bound{"bound (7.5)", {}, {}};
  std::mt19937_64 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (std::size_t n = 1024; n <= 1U << 22; n *= 4) {
    double of_one = 0, of_all = 0;
    for (int trial = 0; trial < 8; ++trial) {
      std::vector<float> x(n);
      for (float& v : x) v = uniform(random);
      double exact = 0;
      for (const float v : x) exact += v;
      of_one = std::max(of_one, std::fabs(shared_sum(x, 1) - exact) / exact);
      of_all = std::max(of_all, std::fabs(shared_sum(x, 256) - exact) / exact);
    }
    const double size = static_cast<double>(n);
    one.x.push_back(size), shared.x.push_back(size), bound.x.push_back(size);
    one.y.push_back(of_one), shared.y.push_back(of_all), bound.y.push_back(gamma_f32(sum_depth(n, 256)));
  }
  run.curves("sums",
             {.title = "Errors of sums in f32, the largest of eight",
              .x = "numbers",
              .y = "relative error",
              .log_x = true,
              .log_y = true},
             {one, shared, bound});
}

// How often a logit is a new maximum: for one thread, and for any of the 32 of a warp at the same time.
void maxima(Run& run) {
  Curve one{"a thread", {}, {}}, warp{"any lane of a warp", {}, {}};
  double expected_one = 0, expected_warp = 0;
  for (int k = 1; k <= 1024; ++k) {
    expected_one += 1.0 / k;
    expected_warp += 1 - std::pow(1 - 1.0 / k, 32);
    if ((k & (k - 1)) != 0) continue;
    one.x.push_back(k), warp.x.push_back(k);
    one.y.push_back(expected_one), warp.y.push_back(expected_warp);
    if (k == 64) run.value("maxima-thread", expected_one, 1e-9), run.value("maxima-warp", expected_warp, 1e-9);
  }
  run.curves("maxima",
             {.title = "Expected new maxima along a row",
              .x = "logits a thread meets",
              .y = "steps with a new maximum",
              .log_x = true,
              .log_y = true},
             {one, warp});
}

// Relative errors of the variance in f32 by the distance of the mean from zero.
void variances(Run& run) {
  Curve one{"one pass: mean of squares", {}, {}}, two{"two passes", {}, {}};
  for (double mean = 0.1; mean < 20000; mean *= 2) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal(0, 1);
    std::vector<float> x(4096);
    for (float& v : x) v = static_cast<float>(mean + normal(random));
    double exact_mean = 0, exact = 0;
    for (const float v : x) exact_mean += v / 4096.0;
    for (const float v : x) exact += (v - exact_mean) * (v - exact_mean) / 4096;
    const auto error = [&](bool passes) { return std::max(1e-9, std::fabs(variance_f32(x, passes) - exact) / exact); };
    one.x.push_back(mean), two.x.push_back(mean);
    one.y.push_back(error(false)), two.y.push_back(error(true));
  }
  run.curves("variance",
             {.title = "Variance of 4,096 numbers of deviation 1, in f32",
              .x = "mean",
              .y = "relative error",
              .log_x = true,
              .log_y = true},
             {one, two});
}

// Picoseconds for a score: computed again, or moved.
void recompute(Run& run) {
  Curve cores{"computed again, CUDA cores, f32", {}, {}}, tensor{"computed again, tensor cores, bf16", {}, {}};
  Curve fetch{"fetched, f32", {}, {}}, half{"fetched, bf16", {}, {}};
  for (int d = 16; d <= 256; d *= 2) {
    for (Curve* curve : {&cores, &tensor, &fetch, &half}) curve->x.push_back(d);
    cores.y.push_back(2e12 * d / kCores), tensor.y.push_back(2e12 * d / kTensor);
    fetch.y.push_back(4e12 / kBandwidth), half.y.push_back(2e12 / kBandwidth);
  }
  run.value("recompute-cores", 256 / kCores / (4 / kBandwidth), 1e-9);
  run.value("recompute-tensor", 256 / kTensor / (4 / kBandwidth), 1e-9);
  run.value("recompute-tensor-bf16", 256 / kTensor / (2 / kBandwidth), 1e-9);
  run.curves("recompute",
             {.title = "A score, computed again or fetched (H200, data sheet)",
              .x = "width d",
              .y = "picoseconds",
              .log_x = true,
              .log_y = true},
             {cores, tensor, fetch, half});
}

// Causal attention of `members` with 32 tiles of queries each, tile t of which visits t tiles of keys.
void schedule(Run& run) {
  run.section("schedule", {});
  run.print("{:>8} {:>8} {:>14} {:>14} {:>14}\n", "members", "blocks", "short first", "long first", "long of all");
  Curve rising{"short tiles first, by member", {}, {}}, falling{"long tiles first, by member", {}, {}};
  Curve together{"long tiles of all members first", {}, {}};
  for (const int members : {2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96}) {
    std::vector<double> up, down;
    for (int m = 0; m < members; ++m) {
      for (int t = 1; t <= 32; ++t) up.push_back(t), down.push_back(33 - t);
    }
    std::vector<double> sorted = down;
    std::sort(sorted.rbegin(), sorted.rend());
    const double ideal = std::max(members * 32 * 33 / 2.0 / kProcessors, 32.0);
    const double late = makespan(up, kProcessors) / ideal, early = makespan(down, kProcessors) / ideal;
    const double best = makespan(sorted, kProcessors) / ideal;
    for (Curve* curve : {&rising, &falling, &together}) curve->x.push_back(members);
    rising.y.push_back(late), falling.y.push_back(early), together.y.push_back(best);
    if (members % 16 == 0 || members == 8) {
      run.print("{:8} {:8} {:14.3f} {:14.3f} {:14.3f}\n", members, members * 32, late, early, best);
    }
  }
  run.curves("schedule",
             {.title = "End of causal attention on 132 multiprocessors, ideal = 1",
              .x = "members (batch x heads), 32 tiles of queries each",
              .y = "time / ideal",
              .log_x = true},
             {rising, falling, together});
}

void ladders(Run& run) {
  for (const char* name : {"softmax", "layernorm", "attention"}) {
    run.section(name, {.tolerance = 1e-3});
    print_ladder(run, run_ladder(name));
  }
}

}  // namespace

static void chapter(Run& run) {
  sums(run);
  maxima(run);
  variances(run);
  recompute(run);
  schedule(run);
  ladders(run);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) {
  return cadena::tutorials::run(argc, argv, "07_softmax_attention", cadena::tutorials::chapter);
}
