#include <algorithm>
#include <cstring>

#include "cuda/runtime/emulated/bits16.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/runner.h"

/// wgmma: each of the four warps of a warpgroup owns 16 of the 64 rows of D and multiplies by itself.
namespace cadena::cuda::emulated {
namespace {

constexpr int kRows = 16, kSum = 16, kMostColumns = 256;
constexpr uint32_t kAllLanes = 0xffffffffu;

/// What a matrix descriptor says, in bytes. (PTX ISA 9.7.15.5.1.2.2, "Matrix Descriptor Format")
struct Descriptor {
  uint32_t start, leading, stride;
  explicit Descriptor(uint64_t bits)
      : start(uint32_t(bits & 0x3fff) << 4),
        leading(uint32_t(bits >> 16 & 0x3fff) << 4),
        stride(uint32_t(bits >> 32 & 0x3fff) << 4) {}
};

/// A factor in shared memory with a swizzle of 128 bytes.
class SharedFactor {
 public:
  /// `across`: rows of shared memory run across the sum, otherwise along it.
  SharedFactor(const char* window, uint64_t descriptor, bool across)
      : window_(window), where_(descriptor), across_(across) {}

  /// Element `k` along the sum of row (of A) or column (of B) `i`. Along the sum, eight rows of 128 bytes follow each
  /// other, and the next eight begin `stride` bytes further. Across it, 64 elements make 128 bytes, the next 64 begin
  /// `leading` bytes further; eight steps of the sum follow each other, and the next eight begin `stride` bytes
  /// further.
  float operator()(int i, int k) const {
    const uint32_t place = across_ ? where_.start + uint32_t(i / 64) * where_.leading +
                                         uint32_t(k / 8) * where_.stride + uint32_t(k % 8 * 128 + i % 64 * 2)
                                   : where_.start + uint32_t(i / 8) * where_.stride + uint32_t(i % 8 * 128 + k * 2);
    uint16_t bits;
    std::memcpy(&bits, reinterpret_cast<const void*>(swizzle128(reinterpret_cast<uintptr_t>(window_) + place)), 2);
    return float_from_bf16(bits);
  }

  /// True if one of the first `count` rows or columns has a byte in [begin, end).
  bool touches(int count, uint32_t begin, uint32_t end) const {
    const int groups = across_ ? count / 64 * (kSum / 8) : count / 8;  // of eight rows of shared memory
    for (int group = 0; group < groups; ++group) {
      const uint32_t first =
          where_.start + (across_ ? uint32_t(group / 2) * where_.leading + uint32_t(group % 2) * where_.stride
                                  : uint32_t(group) * where_.stride);
      const uint32_t bytes = across_ ? 8 * 128 : 7 * 128 + kSum * 2;
      if (first < end && begin < first + bytes) return true;
    }
    return false;
  }

 private:
  const char* window_;
  Descriptor where_;
  bool across_;
};

bool is_swizzled_by_128(uint64_t descriptor) { return descriptor >> 62 == 1 && (descriptor >> 49 & 7) == 0; }

}  // namespace

AsyncUnits::WarpProducts& AsyncUnits::of_running_warp() {
  if (products_.empty()) products_.resize(size_t(runner_.threads() / kWarpSize));
  return products_[size_t(runner_.thread() / kWarpSize)];
}

void AsyncUnits::fence_products() { of_running_warp().fenced = true; }

/// The four warps of a warpgroup order the same products.
void AsyncUnits::check_same_as_neighbours(int warp, const WgmmaLane& lane, const void* place) {
  auto& own = products_[size_t(warp)].ordered;
  own.push_back({lane.a == nullptr ? lane.a_descriptor : 0, lane.b_descriptor});
  for (int other = warp / 4 * 4; other < warp / 4 * 4 + 4; ++other) {
    const auto& theirs = products_[size_t(other)].ordered;
    if (theirs.size() >= own.size() && theirs[own.size() - 1] != own.back()) {
      fail("wgmma: two warps of a warpgroup give different descriptors", place);
    }
  }
}

void AsyncUnits::collect(void** payloads, uint32_t) {
  Runner& runner = *Runner::running();
  AsyncUnits& units = runner.units();
  Product product{};
  const WgmmaLane& all = *static_cast<WgmmaLane*>(payloads[0]);
  product.of_all = all;
  for (int lane = 0; lane < kWarpSize; ++lane) {
    const WgmmaLane& own = *static_cast<WgmmaLane*>(payloads[lane]);
    if (own.a_descriptor != all.a_descriptor || own.b_descriptor != all.b_descriptor || own.columns != all.columns ||
        own.accumulates != all.accumulates || (own.a == nullptr) != (all.a == nullptr)) {
      units.fail("wgmma: the lanes of a warp give different operands", units.place_);
    }
    product.d[size_t(lane)] = own.d;
    product.a[size_t(lane)] = own.a;
  }
  product.warp = runner.thread() / kWarpSize;
  units.check_same_as_neighbours(product.warp, all, units.place_);
  WarpProducts& warp = units.of_running_warp();
  product.group = warp.closed;
  warp.waiting.push_back(product);
  if (runner.shuffled() && runner.random().below(4) == 0) units.perform_products(warp, warp.closed + 1);
  if (hooks && product.warp % 4 == 0) hooks->tensor_core(2 * 64 * all.columns * kSum, false, units.place_);
}

void AsyncUnits::multiply(const WgmmaLane& lane, const void* place) {
  if (runner_.lanes_alive() != kAllLanes || runner_.launch().threads() % 128 != 0) {
    fail("wgmma: some of the 128 threads of the warpgroup have returned or do not exist", place);
  }
  if (!of_running_warp().fenced) {
    fail("wgmma: no wgmma.fence since the registers of the sums or factors may have been used", place);
  }
  if (!is_swizzled_by_128(lane.b_descriptor) || (lane.a == nullptr && !is_swizzled_by_128(lane.a_descriptor))) {
    fail(
        "wgmma: the emulator knows descriptors with a swizzle of 128 bytes and patterns that begin at multiples of "
        "1,024",
        place);
  }
  place_ = place;
  WgmmaLane payload = lane;
  runner_.warp_collective(kAllLanes, &payload, collect, "wgmma", Site{"wgmma", 0});
}

void AsyncUnits::close_products() {
  runner_.warp_collective(
      kAllLanes, nullptr, [](void**, uint32_t) { ++Runner::running()->units().of_running_warp().closed; },
      "wgmma.commit_group", Site{"wgmma.commit_group", 0});
}

void AsyncUnits::wait_products(int pending) {
  int payload = pending;
  runner_.warp_collective(
      kAllLanes, &payload,
      [](void** payloads, uint32_t) {
        AsyncUnits& units = Runner::running()->units();
        WarpProducts& warp = units.of_running_warp();
        const int finished = warp.closed - *static_cast<int*>(payloads[0]);
        units.perform_products(warp, finished);
        while (!warp.waiting.empty() && warp.waiting.front().group < finished) warp.waiting.pop_front();
        warp.fenced = false;
      },
      "wgmma.wait_group", Site{"wgmma.wait_group", 0});
}

void AsyncUnits::perform_products(WarpProducts& warp, int closed_before) {
  for (Product& product : warp.waiting) {
    if (product.group >= closed_before) break;
    if (!product.done) perform(product);
    product.done = true;
  }
}

/// True if a product that its warp has not waited for has a factor in bytes [begin, end) of the shared memory of block
/// `rank` of the cluster.
bool AsyncUnits::is_multiplied(int rank, uint32_t begin, uint32_t end) const {
  const auto block_warps = size_t(runner_.launch().threads() / kWarpSize);
  for (size_t warp = size_t(rank) * block_warps; warp < std::min(products_.size(), (size_t(rank) + 1) * block_warps);
       ++warp) {
    for (const Product& product : products_[warp].waiting) {
      const WgmmaLane& all = product.of_all;
      if (SharedFactor(nullptr, all.b_descriptor, all.b_across).touches(all.columns, begin, end)) return true;
      if (all.a == nullptr && SharedFactor(nullptr, all.a_descriptor, all.a_across).touches(64, begin, end))
        return true;
    }
  }
  return false;
}

/// D (16 x N) = A (16 x 16) B (16 x N), or D += A B; one exact product after the other, each sum rounded to f32.
void AsyncUnits::perform(const Product& product) const {
  static thread_local float a[kRows][kSum], b[kSum][kMostColumns], d[kRows][kMostColumns];
  const WgmmaLane& all = product.of_all;
  const int block_warps = runner_.launch().threads() / kWarpSize;
  const char* shared = window(product.warp / block_warps);
  const int columns = all.columns, first_row = product.warp % 4 * kRows;

  const SharedFactor right(shared, all.b_descriptor, all.b_across);
  for (int k = 0; k < kSum; ++k) {
    for (int j = 0; j < columns; ++j) b[k][j] = right(j, k);
  }
  if (all.a == nullptr) {
    const SharedFactor left(shared, all.a_descriptor, all.a_across);
    for (int i = 0; i < kRows; ++i) {
      for (int k = 0; k < kSum; ++k) a[i][k] = left(first_row + i, k);
    }
  }
  const auto for_each_pair = [&](auto each) {
    for (int lane = 0; lane < kWarpSize; ++lane) {
      for (int i = 0; i < columns / 4; ++i) {  // pairs of neighbours, two rows for each eight columns
        each(product.d[size_t(lane)][2 * i], product.d[size_t(lane)][2 * i + 1],
             &d[lane / 4 + i % 2 * 8][i / 2 * 8 + lane % 4 * 2]);
      }
    }
  };
  if (all.a != nullptr) {
    for (int lane = 0; lane < kWarpSize; ++lane) {
      for (int word = 0; word < 4; ++word) {
        const uint32_t bits = product.a[size_t(lane)][word];
        float* to = &a[lane / 4 + word % 2 * 8][lane % 4 * 2 + word / 2 * 8];
        to[0] = float_from_bf16(uint16_t(bits));
        to[1] = float_from_bf16(uint16_t(bits >> 16));
      }
    }
  }
  if (all.accumulates) {
    for_each_pair([](float& low, float& high, float* at) { at[0] = low, at[1] = high; });
  } else {
    for (auto& row : d) std::fill_n(row, columns, 0.0f);
  }
  for (int i = 0; i < kRows; ++i) {
    for (int k = 0; k < kSum; ++k) {
      const float factor = a[i][k];
      for (int j = 0; j < columns; ++j) d[i][j] += factor * b[k][j];
    }
  }
  for_each_pair([](float& low, float& high, const float* at) { low = at[0], high = at[1]; });
}

}  // namespace cadena::cuda::emulated
