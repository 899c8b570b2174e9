#include "cuda/runtime/microscope/gpu.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace cadena::cuda::microscope {
namespace {

// Rates without sparsity, at the boost clock; bandwidth of the board's own memory.
constexpr std::array kGpus{
    Gpu{"t4", "T4", 75, 40, 1.590, 8.1, 0.254, 65, 0, 320, 16, "NVIDIA Turing Architecture whitepaper, appendix C"},
    Gpu{"a100", "A100 SXM 80GB", 80, 108, 1.410, 19.5, 9.7, 312, 156, 2039, 16,
        "NVIDIA A100 data sheet (2021); A100 Architecture whitepaper, table 3"},
    Gpu{"rtx3090", "RTX 3090", 86, 82, 1.695, 35.6, 0.556, 71, 35.6, 936, 16,
        "NVIDIA Ampere GA102 Architecture whitepaper, table 9"},
    Gpu{"rtx4090", "RTX 4090", 89, 128, 2.520, 82.6, 1.29, 165.2, 82.6, 1008, 16,
        "NVIDIA Ada Architecture whitepaper, table 4"},
    Gpu{"l4", "L4", 89, 58, 2.040, 30.3, 0.473, 121, 60, 300, 16, "NVIDIA L4 data sheet (rates there with sparsity)"},
    Gpu{"h100", "H100 SXM", 90, 132, 1.980, 66.9, 33.5, 989.4, 494.7, 3352, 16,
        "NVIDIA H100 Architecture whitepaper, table 2"},
    Gpu{"h200", "H200 SXM", 90, 132, 1.980, 66.9, 33.5, 989.4, 494.7, 4800, 16,
        "NVIDIA H200 data sheet; multiprocessors and clock as H100 SXM"},
};

std::string simplified(std::string_view name) {
  std::string simple;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c))) simple += char(std::tolower(static_cast<unsigned char>(c)));
  }
  return simple;
}

std::array<std::pair<double, const char*>, 5> units(const Bound& bound) {
  return {{{bound.memory_us, "memory"},
           {bound.arithmetic_us, "arithmetic"},
           {bound.tensor_us, "tensor cores"},
           {bound.special_us, "special functions"},
           {bound.shared_us, "shared memory"}}};
}

}  // namespace

std::span<const Gpu> known_gpus() { return kGpus; }

const Gpu& find_gpu(std::string_view name) {
  const std::string wanted = simplified(name);
  std::string known;
  for (const Gpu& gpu : kGpus) {
    if (wanted == gpu.name || wanted == simplified(gpu.title)) return gpu;
    known += (known.empty() ? "" : ", ") + std::string(gpu.name);
  }
  throw std::invalid_argument("microscope: no data sheet of a GPU '" + std::string(name) + "'; there are " + known);
}

double Bound::least_us() const {
  double most = 0;
  for (const auto& [time, name] : units(*this)) most = std::max(most, time);
  return most;
}

const char* Bound::limiter() const {
  const auto all = units(*this);
  return std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

Bound bound_of(const Work& work, const Gpu& gpu) {
  // Operations / (1e12 operations/s) = 1e-6 us each; bytes / (GB/s) = 1e-3 us each.
  Bound bound;
  bound.arithmetic_us = (work.f32 / gpu.f32_tflops + work.f64 / gpu.f64_tflops) * 1e-6;
  bound.tensor_us = work.tensor / gpu.tensor_tflops * 1e-6;
  if (gpu.tf32_tflops > 0) bound.tensor_us += work.tf32 / gpu.tf32_tflops * 1e-6;
  bound.special_us = work.special / (gpu.special_per_clock * gpu.multiprocessors * gpu.boost_ghz) * 1e-3;
  bound.memory_us = work.memory_bytes / gpu.memory_gbps * 1e-3;
  bound.shared_us = work.wavefronts * 128 / gpu.shared_gbps() * 1e-3;
  return bound;
}

}  // namespace cadena::cuda::microscope
