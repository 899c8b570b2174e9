#include "cuda/kernels/scan.h"

#include "cuda/kernels/team.cuh"
#include "tensor/base/scalar.h"

namespace cadena::cuda {
namespace {

constexpr unsigned kMostThreads = 256;
constexpr i64 kScanItems = 4;                           // neighbours that a thread scans by itself
constexpr i64 kChunk = 16 * kMostThreads * kScanItems;  // elements that one block owns

template <class C>
struct Sums {
  using Total = C;
  __device__ Total identity() const { return 0; }
  __device__ Total combine(Total a, Total b) const { return scalar::Add{}(a, b); }
};

template <class C>
struct Products {
  using Total = C;
  __device__ Total identity() const { return 1; }
  __device__ Total combine(Total a, Total b) const { return scalar::Mul{}(a, b); }
};

/// What is scanned: rows of n elements, from the front or from the back; `exclusive`: without the element itself.
struct Scan {
  i64 rows, n, chunks;
  bool reverse, exclusive;
};

/// Where the scanned values go: to y; to scratch, row-major; or, where both are there, their product to y.
template <class T, class Total>
struct Output {
  Rows<T> y;
  Total* scratch;
  bool multiply;
  __device__ __forceinline__ void store(i64 row, i64 n, i64 i, Total value) const {
    if (scratch != nullptr && !multiply) {
      scratch[row * n + i] = value;
    } else {
      const Row<T> out = y[row];
      const Total result = multiply ? scalar::Mul{}(scratch[row * n + i], value) : value;
      out.data[i * out.step] = static_cast<T>(static_cast<compute_t<T>>(result));
    }
  }
};

/// What the threads before this one bring together, and in `all` what the whole block brings.
template <class Op, class Total = typename Op::Total>
__device__ Total block_exclusive_scan(const Op& op, Total mine, Total& all) {
  __shared__ Total warps[kMostThreads / 32];
  const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  Total inclusive = mine;
  for (unsigned distance = 1; distance < 32; distance *= 2) {
    const Total before = __shfl_up_sync(0xffffffffU, inclusive, distance);
    if (lane >= distance) inclusive = op.combine(before, inclusive);
  }
  Total exclusive = __shfl_up_sync(0xffffffffU, inclusive, 1);
  if (lane == 0) exclusive = op.identity();
  if (lane == 31) warps[warp] = inclusive;
  __syncthreads();
  Total before = op.identity();
  all = op.identity();
  for (unsigned w = 0; w < blockDim.x / 32; ++w) {
    if (w == warp) before = all;
    all = op.combine(all, warps[w]);
  }
  __syncthreads();  // before the next call writes
  return op.combine(before, exclusive);
}

/// Each block owns a chunk of a row and scans it tile by tile; `carry` is what all chunks before bring, one value for
/// each chunk. With `totals`, it only finds what its chunk brings.
template <class T, class Op, class Total = typename Op::Total>
__global__ void scan_chunks(Scan scan, Op op, const __grid_constant__ Rows<const T> x,
                            const __grid_constant__ Output<T, Total> output, const Total* carry, Total* totals) {
  const i64 row = blockIdx.x / scan.chunks, chunk = blockIdx.x % scan.chunks;
  const Row<const T> in = x[row];
  const auto place = [&](i64 i) { return scan.reverse ? scan.n - 1 - i : i; };
  Total before = carry != nullptr ? carry[blockIdx.x] : op.identity();
  const i64 end = (chunk + 1) * kChunk < scan.n ? (chunk + 1) * kChunk : scan.n;
  for (i64 tile = chunk * kChunk; tile < end; tile += blockDim.x * kScanItems) {
    const i64 first = tile + threadIdx.x * kScanItems;
    Total value[kScanItems];
    Total mine = op.identity();
    for (i64 k = 0; k < kScanItems; ++k) {
      const bool inside = first + k < end;
      const auto v = inside ? static_cast<compute_t<T>>(in.data[place(first + k) * in.step]) : compute_t<T>{};
      value[k] = inside ? static_cast<Total>(v) : op.identity();
      mine = op.combine(mine, value[k]);
    }
    Total all;
    Total sum = op.combine(before, block_exclusive_scan(op, mine, all));
    before = op.combine(before, all);
    if (totals != nullptr) continue;
    for (i64 k = 0; k < kScanItems && first + k < end; ++k) {
      const Total with = op.combine(sum, value[k]);
      output.store(row, scan.n, place(first + k), scan.exclusive ? sum : with);
      sum = with;
    }
  }
  if (totals != nullptr && threadIdx.x == 0) totals[blockIdx.x] = before;
}

/// Scans the rows of x. Long rows are cut into chunks: first what each brings, then those scanned, then the rows.
template <class T, class Op>
void scan_rows(Scan scan, const Op& op, const Rows<const T>& x, const Output<T, typename Op::Total>& output) {
  using Total = typename Op::Total;
  scan.chunks = (scan.n + kChunk - 1) / kChunk;
  const unsigned threads = Teams(1, 2 * scan.n, false).threads();  // kScanItems elements each
  const auto run = [&](const Total* carry, Total* totals) {
    enqueue(scan_chunks<T, Op>, static_cast<unsigned>(scan.rows * scan.chunks), threads, scan, op, x, output, carry,
            totals);
  };
  if (scan.chunks == 1) return run(nullptr, nullptr);
  const Scratch<Total> totals(scan.rows * scan.chunks), carry(scan.rows * scan.chunks);
  run(nullptr, totals.data());
  const i64 shape[] = {scan.rows, scan.chunks}, strides[] = {scan.chunks, 1};
  const View of_chunks{totals.data(), dtype_of<Total>, 2, shape, strides};
  scan_rows<Total>(Scan{scan.rows, scan.chunks, 1, false, true}, op, Rows<const Total>(of_chunks),
                   Output<Total, Total>{Rows<Total>(of_chunks), carry.data(), false});
  run(carry.data(), nullptr);
}

template <class F>
void by_rows(const char* op, const View& y, const View& x, F f) {
  if (x.numel() == 0) return;
  const i64 n = x.shape[x.rank - 1], rows = x.numel() / n;
  const Walkable walkable(x, x.rank - 1);
  by_number(op, x.dtype, [&]<class T>() { f(Rows<T>(y), Rows<const T>(walkable.view()), rows, n); });
}

}  // namespace

void cumsum(const View& y, const View& x) {
  by_rows("cumsum", y, x, []<class T>(const Rows<T>& out, const Rows<const T>& in, i64 rows, i64 n) {
    using Total = std::conditional_t<std::is_same_v<T, i64>, i64, double>;
    scan_rows(Scan{rows, n, 1, false, false}, Sums<Total>{}, in, Output<T, Total>{out, nullptr, false});
  });
}

void exclusive_prod(const View& y, const View& x) {
  by_rows("exclusive_prod", y, x, []<class T>(const Rows<T>& out, const Rows<const T>& in, i64 rows, i64 n) {
    using C = compute_t<T>;
    const Scratch<C> before(rows * n);
    scan_rows(Scan{rows, n, 1, false, true}, Products<C>{}, in, Output<T, C>{out, before.data(), false});
    scan_rows(Scan{rows, n, 1, true, true}, Products<C>{}, in, Output<T, C>{out, before.data(), true});
  });
}

}  // namespace cadena::cuda
