#include "labs/kernels/door.h"

#include <cuda_runtime.h>

#include <cstdlib>

#include "cuda/runtime/emulated/symbols.h"
#include "cuda/runtime/error.h"
#include "cuda/runtime/microscope/observer.h"
#include "cuda/runtime/microscope/report.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"

namespace cadena::labs {
namespace {

using cuda::microscope::Counts;
using cuda::microscope::Finding;
using cuda::microscope::Observer;
using cuda::microscope::Operation;
using cuda::microscope::Site;
using cuda::microscope::Space;

std::string triple(const cuda::microscope::Coordinates& at) {
  return concat("(", static_cast<int>(at.x), ",", static_cast<int>(at.y), ",", static_cast<int>(at.z), ")");
}

/// "race between warps of a block: is a __syncthreads() missing? thread (3,0,0) of block (0,0,0), program+0x1234, ..."
std::string words_of(const Finding& finding) {
  std::string text = cuda::microscope::describe(finding.fault);
  text += text.back() == '?' ? " " : ": ";
  text += concat("thread ", triple(finding.thread), " of block ", triple(finding.block), " at ",
                 cuda::emulated::program_offset(reinterpret_cast<const void*>(finding.place)));
  if (finding.other_place != 0) {
    text +=
        concat(" and thread number ", finding.other_thread, " of block number ", static_cast<int>(finding.other_block),
               " at ", cuda::emulated::program_offset(reinterpret_cast<const void*>(finding.other_place)));
  }
  if (!finding.detail.empty()) text += concat(", ", finding.detail);
  return concat(text, " [kernel ", cuda::emulated::short_name(finding.kernel), "]");
}

void add(MemoryTraffic& traffic, const Site& site, const Counts& counts) {
  Traffic& sum = site.operation == Operation::load    ? traffic.loads
                 : site.operation == Operation::store ? traffic.stores
                                                      : traffic.atomics;
  sum.requests += counts.requests;
  sum.lanes += counts.lanes;
  sum.bytes += counts.requested_bytes;
  sum.sectors += counts.sectors;
  sum.wavefronts += counts.wavefronts;
  sum.ideal_wavefronts += counts.ideal_wavefronts;
}

}  // namespace

LaunchCall::~LaunchCall() {
  if (lost_) return;
  for (const Memory& memory : memory_) cudaFree(memory.device);
}

void* LaunchCall::allocate(std::size_t bytes, const void* values) {
  Memory memory;
  memory.bytes = bytes;
  cuda::check(cudaMalloc(&memory.device, std::max<std::size_t>(bytes, 4)), "lab: device memory");
  memory_.push_back(memory);
  if (values != nullptr && bytes > 0) {
    cuda::check(cudaMemcpy(memory.device, values, bytes, cudaMemcpyHostToDevice), "lab: an input");
  }
  return memory.device;
}

void* LaunchCall::place(const Tensor& values) {
  if (!values.defined() || values.dtype() != Dtype::f32) fail<DtypeError>("a kernel's input is a tensor of f32");
  const Tensor whole = contiguous(values);
  return allocate(static_cast<std::size_t>(whole.numel()) * sizeof(float), whole.view().as<float>());
}

void* LaunchCall::place(const std::vector<int>& values) { return allocate(values.size() * sizeof(int), values.data()); }

void* LaunchCall::place(const Output& output) {
  check_shape("lab", output.shape, Dtype::f32);
  shapes_.push_back(output.shape);
  void* device = allocate(static_cast<std::size_t>(output.shape.numel()) * sizeof(float), nullptr);
  memory_.back().output = shapes_.size();
  return device;
}

Launched LaunchCall::run(const std::function<void()>& body) {
  Launched launched;
  launched.arguments.resize(memory_.size());
  cuda::microscope::reset();
  // A program that a student has linked shares instrumented copies of library functions with the library.
  if (std::getenv("CADENA_LAB_DEBUG") == nullptr) {
    Observer::instance().forbid_other_memory(__builtin_frame_address(0), "lab");
  }
  try {
    body();
    cuda::check(cudaDeviceSynchronize(), "lab: the kernels");
  } catch (const cuda::CudaError& error) {
    launched.faults.push_back(error.what());
  }
  Observer::instance().forbid_other_memory(nullptr);
  if (launched.faults.empty()) {
    for (const Finding& finding : Observer::instance().findings().list()) launched.faults.push_back(words_of(finding));
  } else {
    lost_ = true;
    cuda::reset();
  }
  if (!launched.faults.empty()) return launched;
  count(launched);
  take_outputs(launched);
  return launched;
}

void LaunchCall::count(Launched& launched) const {
  const Observer& observer = Observer::instance();
  for (const auto& [kernel, counts] : observer.kernels()) {
    launched.launches += counts.launches;
    launched.blocks += counts.blocks_run;
    launched.threads += counts.threads;
    launched.barriers += counts.barriers;
    launched.sectors_read += counts.sectors_read;
    launched.sectors_written += counts.sectors_written;
    for (const auto& [number, sum] : counts.sites) {
      const Site& site = observer.sites()[number];
      if (site.space == Space::shared) {
        add(launched.shared, site, sum);
        continue;
      }
      for (std::size_t i = 0; i < memory_.size(); ++i) {
        if (reinterpret_cast<std::uint64_t>(memory_[i].device) == site.buffer) add(launched.arguments[i], site, sum);
      }
    }
  }
}

void LaunchCall::take_outputs(Launched& launched) const {
  for (const Memory& memory : memory_) {
    if (memory.output == 0) continue;
    const Tensor values = empty(shapes_[memory.output - 1], Dtype::f32);
    if (memory.bytes > 0) {
      cuda::check(cudaMemcpy(values.view().as<float>(), memory.device, memory.bytes, cudaMemcpyDeviceToHost),
                  "lab: an output");
    }
    launched.outputs.push_back(values);
  }
}

}  // namespace cadena::labs
