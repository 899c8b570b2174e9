#include "cuda/kernels/range_check.h"

#include <cstdlib>
#include <mutex>
#include <string>

#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/layout.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/scratch.h"
#include "cuda/kernels/stream.h"
#include "cuda/runtime/device.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda {
namespace {

/// The message around the value, cut to what fits the arguments of a kernel.
struct Wording {
  char before[128], after[192];

  Wording(std::string_view b, std::string_view a) : before{}, after{} {
    b.copy(before, sizeof(before) - 1);
    a.copy(after, sizeof(after) - 1);
  }
};

/// Word of a wrong value, in page-locked memory that device and host both see. The first kernel that claims it writes.
struct Finding {
  enum State : int { none, claimed, written };
  int state;
  i64 value;
  Wording wording;
};

/// Made once for each life of the device, and never freed: kernels may write until the end of the program.
Finding* finding_of_device() {
  static std::mutex mutex;
  static Finding* finding = nullptr;
  static unsigned long life = 0;
  const std::lock_guard lock(mutex);
  if (finding == nullptr || life != reset_count()) {
    void* memory = nullptr;
    check(cudaMallocHost(&memory, sizeof(Finding)), "range check");
    finding = new (memory) Finding{Finding::none, 0, {{}, {}}};
    life = reset_count();
  }
  return finding;
}

constexpr unsigned kThreads = 256;
constexpr i64 kNowhere = INT64_MAX;

__device__ void leave_word(Finding* finding, i64 value, const Wording& wording) {
  if (atomicCAS(&finding->state, int{Finding::none}, int{Finding::claimed}) != Finding::none) return;
  finding->value = value;
  finding->wording = wording;
  __threadfence_system();
  atomicExch(&finding->state, int{Finding::written});
}

/// least[b] = the first place among those of block b (b threads, b threads + grid, …) whose value is outside. A block
/// that is alone leaves word itself.
__global__ void look_outside(const __grid_constant__ Layout<1> layout, const i64* index, Range range, i64* least,
                             Finding* finding, const __grid_constant__ Wording wording) {
  __shared__ i64 partial[32];
  const unsigned threads = gridDim.x * blockDim.x;
  i64 place = kNowhere, at[1];
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < layout.numel && place == kNowhere; i += threads) {
    layout.offsets(i, at);
    if (!range.holds(index[at[0]])) place = i;
  }
  const i64 first = -block_max(-place, partial);
  if (threadIdx.x != 0) return;
  if (gridDim.x > 1) least[blockIdx.x] = first;
  else if (first != kNowhere) {
    layout.offsets(static_cast<unsigned>(first), at);
    leave_word(finding, index[at[0]], wording);
  }
}

/// One block: the first of all places.
__global__ void report_outside(const __grid_constant__ Layout<1> layout, const i64* index, const i64* least,
                               unsigned count, Finding* finding, const __grid_constant__ Wording wording) {
  __shared__ i64 partial[32];
  i64 place = kNowhere, at[1];
  for (unsigned i = threadIdx.x; i < count; i += blockDim.x) place = least[i] < place ? least[i] : place;
  const i64 first = -block_max(-place, partial);
  if (threadIdx.x != 0 || first == kNowhere) return;
  layout.offsets(static_cast<unsigned>(first), at);
  leave_word(finding, index[at[0]], wording);
}

/// What CADENA_CUDA_BLOCKING says: 1, or 0 as if unset.
bool blocks_at_each_check() {
  const char* variable = std::getenv("CADENA_CUDA_BLOCKING");
  const std::string_view choice = variable == nullptr ? "0" : variable;
  if (choice != "0" && choice != "1") fail<ValueError>("CADENA_CUDA_BLOCKING is '", choice, "', expected 0 or 1");
  return choice == "1";
}

}  // namespace

void require_range(const View& index, Range range, std::string_view before, std::string_view after) {
  if (index.numel() == 0) return;
  Finding* finding = finding_of_device();
  const Wording wording(before, after);
  for_each_piece<1>({index}, [&](const Layout<1>& layout, const std::array<i64, 1>& begin) {
    constexpr i64 kEach = 16 * kThreads;  // up to so many, one block is quick enough
    const unsigned blocks = layout.numel <= kEach ? 1 : blocks_for(layout.numel, kEach);
    const Scratch<i64> least(blocks > 1 ? blocks : 0);
    const i64* data = index.as<i64>() + begin[0];
    enqueue(look_outside, blocks, kThreads, layout, data, range, least.data(), finding, wording);
    if (blocks > 1) enqueue(report_outside, 1, kThreads, layout, data, least.data(), blocks, finding, wording);
  });
  if ((range.ignores || range.lowest < range.highest) && !blocks_at_each_check()) return;
  Recording::refuse(std::string(before.substr(0, before.find(':'))).c_str(),
                    "its check waits for the device (CADENA_CUDA_BLOCKING)");
  check(cudaStreamSynchronize(current_stream()), "range check");
  throw_findings();
}

void throw_findings() {
  Finding* finding = finding_of_device();
  if (*static_cast<volatile int*>(&finding->state) != Finding::written) return;
  const std::string message = concat(finding->wording.before, finding->value, finding->wording.after);
  *static_cast<volatile int*>(&finding->state) = Finding::none;
  throw IndexError(message);
}

}  // namespace cadena::cuda
