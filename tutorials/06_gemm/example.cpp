// Chapter 6: what the steps of the GEMM ladder predict, what the microscope counts, and where the roofline lies.
// About 5 s on one core, most of it the ladder under the emulator.
#include <algorithm>

#include "tutorials/06_gemm/warp.h"
#include "tutorials/support/chapter.h"
#include "tutorials/support/ladder_report.h"

namespace cadena::tutorials {
namespace {

constexpr double kPeak = 66.9, kTensorPeak = 989.4, kBandwidth = 4.8;  // H200 SXM: TFLOP/s f32, bf16; TB/s

double bound(double intensity, double peak) { return std::min(peak, kBandwidth * intensity); }

void roofline(Run& run) {
  Curve cores{"CUDA cores, f32", {}, {}}, tensor{"tensor cores, bf16", {}, {}};
  for (double intensity = 0.125; intensity <= 1024; intensity *= 1.25) {
    cores.x.push_back(intensity), tensor.x.push_back(intensity);
    cores.y.push_back(bound(intensity, kPeak)), tensor.y.push_back(bound(intensity, kTensorPeak));
  }
  Curve f32{"G1-G2, G3, G4, G5-G9", {}, {}, true}, bf16{"T1, T2-T3, H2", {}, {}, true};
  run.section("roofline", {});
  run.print("{:8} {:>10} {:>18}\n", "steps", "FLOP/byte", "bound (TFLOP/s)");
  const auto place = [&](Curve& curve, const char* steps, double intensity, double peak) {
    curve.x.push_back(intensity), curve.y.push_back(bound(intensity, peak));
    run.print("{:8} {:10.2f} {:18.1f}\n", steps, intensity, bound(intensity, peak));
  };
  place(f32, "G1-G2", 0.25, kPeak);
  place(f32, "G3", 32 / 4.0, kPeak);
  place(f32, "G4", 64 / 4.0, kPeak);
  place(f32, "G5-G9", 128 / 4.0, kPeak);
  place(bf16, "T1", 64 / 2.0, kTensorPeak);
  place(bf16, "T2-T3", 128 / 2.0, kTensorPeak);
  place(bf16, "H2", 128 * 256 / 384.0, kTensorPeak);
  run.value("ridge", kPeak / kBandwidth, 1e-6);
  run.value("tensor-ridge", kTensorPeak / kBandwidth, 1e-6);
  run.curves("roofline",
             {.title = "Roofline of an H200 (data sheet), without caches",
              .x = "FLOP per byte fetched",
              .y = "TFLOP/s",
              .log_x = true,
              .log_y = true},
             {cores, tensor, f32, bf16});
}

void strides(Run& run) {
  Curve memory{"sectors of a request to memory", {}, {}}, shared{"wavefronts in shared memory", {}, {}};
  for (int stride = 1; stride <= 40; ++stride) {
    memory.x.push_back(stride), shared.x.push_back(stride);
    memory.y.push_back(sectors([&](int lane) { return std::int64_t{4} * stride * lane; }));
    shared.y.push_back(wavefronts([&](int lane) { return std::int64_t{stride} * lane; }));
  }
  run.curves("strides", {.title = "Lanes a stride apart", .x = "stride in words of 4 bytes", .y = "count"},
             {memory, shared});
}

void ladder(Run& run) {
  run.section("ladder", {.tolerance = 1e-3});
  print_ladder(run, run_ladder("gemm"));
}

// Loads of a thread from shared memory for an FMA, and bytes fetched from memory for an FMA, by step.
void by_step(Run& run) {
  const std::vector<double> step{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const Curve memory{
      "bytes fetched from memory per FMA", step, {8, 8, 0.25, 0.125, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625}};
  const Curve loads{"shared loads per FMA", {3, 4, 5, 6, 7, 8, 9}, {2, 1.125, 0.25, 0.0625, 0.0625, 0.0625, 0.0625}};
  run.curves("steps", {.title = "What the steps predict", .x = "step G", .y = "per FMA", .log_y = true},
             {memory, loads});
}

}  // namespace

static void chapter(Run& run) {
  roofline(run);
  strides(run);
  by_step(run);
  ladder(run);
}

}  // namespace cadena::tutorials

int main(int argc, char** argv) { return cadena::tutorials::run(argc, argv, "06_gemm", cadena::tutorials::chapter); }
