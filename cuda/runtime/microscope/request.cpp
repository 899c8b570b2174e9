#include "cuda/runtime/microscope/request.h"

#include <algorithm>

namespace cadena::cuda::microscope {
namespace {

/// The active addresses in ascending order.
struct Sorted {
  std::array<uint64_t, kLanes> address;
  int count = 0;

  explicit Sorted(const Request& request) {
    bool ascending = true;
    for (uint32_t lanes = request.lanes; lanes != 0; lanes &= lanes - 1) {
      address[size_t(count)] = request.address[size_t(__builtin_ctz(lanes))];
      ascending = ascending && (count == 0 || address[size_t(count - 1)] <= address[size_t(count)]);
      ++count;
    }
    if (!ascending) std::sort(begin(), end());
  }
  uint64_t* begin() { return address.data(); }
  uint64_t* end() { return address.data() + count; }
};

/// The length of the union of the intervals [a, a + bytes).
unsigned union_of_bytes(Sorted& sorted, unsigned bytes) {
  unsigned total = 0;
  uint64_t covered = 0;
  for (const uint64_t first : sorted) {
    const uint64_t last = first + bytes;
    total += unsigned(last - std::min(last, std::max(first, covered)));
    covered = last;
  }
  return total;
}

/// The wavefronts of one phase: the most different words in one bank.
struct Phase {
  std::array<uint64_t, kLanes * 2> words;
  std::array<unsigned, kBanks> in_bank{};
  unsigned count = 0, most = 0;

  void add(uint64_t word) {
    for (unsigned i = count; i-- > 0;) {
      if (words[i] == word) return;
    }
    words[count++] = word;
    most = std::max(most, ++in_bank[word % kBanks]);
  }
};

}  // namespace

GlobalCost cost_in_global_memory(const Request& request, unsigned bytes) {
  Sorted sorted(request);
  GlobalCost cost;
  uint64_t next = 0;  // the first sector not yet counted
  for (const uint64_t address : sorted) {
    const uint64_t first = std::max(next, address / kSectorBytes), last = (address + bytes - 1) / kSectorBytes;
    if (first > last) continue;
    cost.sectors += unsigned(last - first + 1);
    next = last + 1;
  }
  cost.needed_bytes = union_of_bytes(sorted, bytes);
  cost.ideal_sectors = (cost.needed_bytes + kSectorBytes - 1) / kSectorBytes;
  return cost;
}

SharedCost cost_in_shared_memory(const Request& request, unsigned bytes) {
  const int lanes_at_once = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
  SharedCost cost;
  for (int first = 0; first < kLanes; first += lanes_at_once) {
    Phase phase;
    for (int lane = first; lane < first + lanes_at_once; ++lane) {
      if (!(request.lanes >> lane & 1)) continue;
      const uint64_t address = request.address[size_t(lane)];
      for (uint64_t word = address / kBankBytes; word <= (address + bytes - 1) / kBankBytes; ++word) phase.add(word);
    }
    cost.wavefronts += phase.most;
    cost.ideal_wavefronts += (phase.count + kBanks - 1) / kBanks;
  }
  Sorted sorted(request);
  cost.needed_bytes = union_of_bytes(sorted, bytes);
  return cost;
}

unsigned most_lanes_at_one_address(const Request& request) {
  Sorted sorted(request);
  unsigned most = 0, same = 0;
  for (int i = 0; i < sorted.count; ++i) {
    same = i > 0 && sorted.address[size_t(i)] == sorted.address[size_t(i - 1)] ? same + 1 : 1;
    most = std::max(most, same);
  }
  return most;
}

}  // namespace cadena::cuda::microscope
