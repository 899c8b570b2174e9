#include "cuda/runtime/emulated/shuffle.h"

#include <string>

#include "cuda/runtime/emulated/alignment.h"
#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {

void combine_ballot(void** payloads, uint32_t lanes) {
  uint32_t votes = 0;
  for (int lane = 0; lane < kWarpSize; ++lane) {
    if ((lanes >> lane & 1) != 0 && static_cast<Ballot*>(payloads[lane])->value != 0) votes |= 1u << lane;
  }
  for (int lane = 0; lane < kWarpSize; ++lane) {
    if ((lanes >> lane & 1) != 0) static_cast<Ballot*>(payloads[lane])->result = votes;
  }
}

void combine_match_any(void** payloads, uint32_t lanes) {
  for (int lane = 0; lane < kWarpSize; ++lane) {
    if ((lanes >> lane & 1) == 0) continue;
    auto& own = *static_cast<Ballot*>(payloads[lane]);
    for (int other = 0; other < kWarpSize; ++other) {
      if ((lanes >> other & 1) != 0 && static_cast<Ballot*>(payloads[other])->value == own.value) {
        own.result |= 1u << other;
      }
    }
  }
}

void combine_match_all(void** payloads, uint32_t lanes) {
  combine_match_any(payloads, lanes);
  for (int lane = 0; lane < kWarpSize; ++lane) {
    if ((lanes >> lane & 1) == 0) continue;
    auto& own = *static_cast<Ballot*>(payloads[lane]);
    own.all_equal = own.result == lanes;
    if (!own.all_equal) own.result = 0;
  }
}

void fail_shuffle_source(int lane, int source) {
  Runner& runner = *Runner::running();
  runner.fail_lane(lane, "lane " + std::to_string(lane) + " reads from lane " + std::to_string(source) +
                             ", which has returned, does not exist or is not in the mask");
}

void fail_shuffle_width(int width, Site site) {
  Runner& runner = *Runner::running();
  runner.fail(cudaErrorLaunchFailure, "shuffle of width " + std::to_string(width) + ", which is no power of 2 up to 32",
              site, nullptr, runner.thread());
}

void fail_alignment(const void* address, size_t bytes, Site site) {
  Runner& runner = *Runner::running();
  runner.fail(cudaErrorMisalignedAddress,
              "misaligned access: " + std::to_string(bytes) + " bytes at an address that is " +
                  std::to_string(reinterpret_cast<uintptr_t>(address) % bytes) + " past a multiple of " +
                  std::to_string(bytes),
              site, __builtin_return_address(0), runner.thread());
}

}  // namespace cadena::cuda::emulated
