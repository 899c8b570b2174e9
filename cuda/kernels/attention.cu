#include "cuda/kernels/attention.h"

#include "cuda/kernels/attention.cuh"
#include "cuda/kernels/enqueue.h"
#include "cuda/kernels/scratch.h"
#include "cuda/runtime/warp.h"

namespace cadena::cuda {
namespace {

/// Folds over the 16 neighbouring lanes that own one row.
template <class C, class Fold>
__device__ __forceinline__ C row_fold(C value, Fold fold) {
#pragma unroll
  for (int distance = 8; distance > 0; distance /= 2) {
    value = fold(value, __shfl_xor_sync(kFullWarp, value, distance));
  }
  return value;
}

/// Each block owns a tile of queries and up to kWide columns of their output. It walks over the tiles of keys with a
/// running maximum m, a running sum l of e^(s - m) and the running sum of e^(s - m) v, each shrunk where m grows
/// (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
template <class C>
__global__ void __launch_bounds__(kAttentionThreads)
    attend(AttentionBatch batch, Scores scores, Dtype dtype, Matrices q, Matrices k, Matrices v, Matrices out, C* lse) {
  constexpr int R = kShare<C>;
  __shared__ AttentionShared<C> shared;
  const AttentionTask task(q.rows, v.columns, kTile<C>);
  i64 at[2];
  batch.offsets(static_cast<unsigned>(task.member), at);
  const unsigned y = threadIdx.x / 16, x = threadIdx.x % 16;

  C top[R], total[R] = {}, sum[R][kWide / 16] = {};
  for (int i = 0; i < R; ++i) top[i] = -std::numeric_limits<C>::infinity();
  const i64 seen = scores.keys_for(task.row + kTile<C>);
  for (i64 j0 = 0; j0 < seen; j0 += kTile<C>) {
    C s[R][R];
    multiply_rows<C>(s, shared, q, task.row, k, j0, dtype, at[0]);
#pragma unroll
    for (int i = 0; i < R; ++i) {
      C largest = top[i];
#pragma unroll
      for (int j = 0; j < R; ++j) {
        s[i][j] = scores(s[i][j], at[1], task.row + y * R + i, j0 + x + j * 16);
        largest = Maximum()(largest, s[i][j]);
      }
      largest = row_fold(largest, Maximum());
      const bool blind = largest == -std::numeric_limits<C>::infinity();  // no key seen so far
      const C shrink = blind ? C{1} : std::exp(top[i] - largest);
      C added = 0;
#pragma unroll
      for (int j = 0; j < R; ++j) {
        s[i][j] = blind ? C{0} : std::exp(s[i][j] - largest);
        added += s[i][j];
      }
      top[i] = largest;
      total[i] = total[i] * shrink + row_fold(added, Sum());
#pragma unroll
      for (int e = 0; e < kWide / 16; ++e) sum[i][e] *= shrink;
    }
    __syncthreads();  // nobody reads the weights before
    share_weights<C>(shared, s);
    add_weighted<C>(sum, shared, v, dtype, at[0], j0, task.column);
  }

#pragma unroll
  for (int i = 0; i < R; ++i) {
    const i64 row = task.row + y * R + i;
    if (row >= q.rows) continue;
    if (task.column == 0 && x == 0) lse[at[0] * q.rows + row] = top[i] + std::log(total[i]);
#pragma unroll
    for (int e = 0; e < kWide / 16; ++e) {
      const i64 column = task.column + x + e * 16;
      if (column >= out.columns) continue;
      const C mean = total[i] == 0 ? sum[i][e] : sum[i][e] / total[i];  // a query that saw no key keeps its 0
      store_element(out.data, dtype, out.at(at[0], row) + column, mean);
    }
  }
}

/// Which cotangent a block of `differentiate` works out.
enum class Wanted { q, k, v };

/// Everything the backward pass reads.
template <class C>
struct Saved {
  Matrices dout, q, k, v;
  const C* lse;
  const C* mean;  // of dout and out, for each query: sum over columns
  Dtype dtype;
};

/// Each block owns a tile of rows of dq (queries) or of dk or dv (keys), and up to kWide columns of it. It walks over
/// the tiles of the other side, computes the weights p = e^(s - lse), and from them ds = scale p (dout v^T - mean), and
/// sums dq = ds k, dk = ds^T q or dv = p^T dout. The tiles of scores lie as the block's rows do: transposed for dk and
/// dv.
template <class C>
__global__ void __launch_bounds__(kAttentionThreads)
    differentiate(AttentionBatch batch, Scores scores, Wanted wanted, Saved<C> saved, Matrices result) {
  constexpr int R = kShare<C>;
  __shared__ AttentionShared<C> shared;
  const AttentionTask task(result.rows, result.columns, kTile<C>);
  i64 at[2];
  batch.offsets(static_cast<unsigned>(task.member), at);
  const unsigned y = threadIdx.x / 16, x = threadIdx.x % 16;
  const bool of_queries = wanted == Wanted::q;
  const Matrices& left = of_queries ? saved.q : saved.k;
  const Matrices& right = of_queries ? saved.k : saved.q;
  const Matrices& left_value = of_queries ? saved.dout : saved.v;
  const Matrices& right_value = of_queries ? saved.v : saved.dout;
  const Matrices& summed = wanted == Wanted::v ? saved.dout : right;

  C sum[R][kWide / 16] = {};
  const i64 begin = of_queries ? 0 : scores.first_query_for(task.row) / kTile<C> * kTile<C>;
  const i64 end = of_queries ? scores.keys_for(task.row + kTile<C>) : scores.queries;
  for (i64 j0 = begin; j0 < end; j0 += kTile<C>) {
    C p[R][R];
    multiply_rows<C>(p, shared, left, task.row, right, j0, saved.dtype, at[0]);
    const auto query_of = [&](int i, int j) { return of_queries ? task.row + y * R + i : j0 + x + j * 16; };
    const auto key_of = [&](int i, int j) { return of_queries ? j0 + x + j * 16 : task.row + y * R + i; };
#pragma unroll
    for (int i = 0; i < R; ++i) {
#pragma unroll
      for (int j = 0; j < R; ++j) {
        const i64 query = query_of(i, j);
        const C s = scores(p[i][j], at[1], query, key_of(i, j));
        const C log_sum = query < scores.queries ? saved.lse[at[0] * scores.queries + query] : C{0};
        const bool blind = log_sum == -std::numeric_limits<C>::infinity();
        p[i][j] = blind ? C{0} : std::exp(s - log_sum);
      }
    }
    if (wanted != Wanted::v) {
      C dp[R][R];
      multiply_rows<C>(dp, shared, left_value, task.row, right_value, j0, saved.dtype, at[0]);
#pragma unroll
      for (int i = 0; i < R; ++i) {
#pragma unroll
        for (int j = 0; j < R; ++j) {
          const i64 query = query_of(i, j);
          const C mean = query < scores.queries ? saved.mean[at[0] * scores.queries + query] : C{0};
          p[i][j] *= (dp[i][j] - mean) * static_cast<C>(scores.scale);
        }
      }
    }
    __syncthreads();  // nobody reads the weights before
    share_weights<C>(shared, p);
    add_weighted<C>(sum, shared, summed, saved.dtype, at[0], j0, task.column);
  }

#pragma unroll
  for (int i = 0; i < R; ++i) {
    const i64 row = task.row + y * R + i;
    if (row >= result.rows) continue;
#pragma unroll
    for (int e = 0; e < kWide / 16; ++e) {
      const i64 column = task.column + x + e * 16;
      if (column < result.columns) {
        store_element(result.data, saved.dtype, result.at(at[0], row) + column, sum[i][e]);
      }
    }
  }
}

/// mean[row] = the sum of a[row] b[row]; each warp owns a row.
template <class C>
__global__ void multiply_and_sum(C* mean, const void* a, const void* b, Dtype dtype, i64 rows, i64 columns) {
  const i64 row = i64{blockIdx.x} * warp_count() + warp_index();
  if (row >= rows) return;
  C sum = 0;
  for (i64 i = lane_index(); i < columns; i += 32) {
    sum += load_element<C>(a, dtype, row * columns + i) * load_element<C>(b, dtype, row * columns + i);
  }
  sum = warp_sum(sum);
  if (lane_index() == 0) mean[row] = sum;
}

/// Calls `f(batch, members)` for the members of the batch of the mask (…, S, T), few enough for one launch.
template <class F>
void for_each_batch(const View& mask, F f) {
  const int rank = mask.rank - 2;
  const Dims strides = row_major(Dims(mask.shape, static_cast<std::size_t>(rank)));
  const View number{nullptr, mask.dtype, rank, mask.shape, strides.begin()};
  const View added{nullptr, mask.dtype, rank, mask.shape, mask.strides};
  for_each_piece<2>({number, added}, f);
}

/// x from member `first` of the batch on.
Matrices from_member(const View& x, i64 first) {
  Matrices m(x);
  m.data = static_cast<char*>(x.data) + first * m.rows * m.columns * static_cast<i64>(size_of(x.dtype));
  return m;
}

Scores from_offset(const View& mask, i64 offset, bool causal, double scale) {
  Scores scores(mask, causal, scale);
  scores.mask = static_cast<const char*>(mask.data) + offset * static_cast<i64>(size_of(mask.dtype));
  return scores;
}

}  // namespace

void attention(const View& out, const View& lse, const View& q, const View& k, const View& v, const View& mask,
               bool causal, double scale) {
  if (lse.numel() == 0) return;
  by_real_compute("scaled_dot_product_attention", q.dtype, [&]<class C>() {
    for_each_batch(mask, [&](const AttentionBatch& batch, const std::array<i64, 2>& at) {
      const i64 queries = q.shape[q.rank - 2], columns = v.shape[v.rank - 1];
      const i64 blocks = AttentionTask::count(batch.numel, queries, columns, kTile<C>);
      enqueue(attend<C>, static_cast<unsigned>(blocks), kAttentionThreads, batch,
              from_offset(mask, at[1], causal, scale), q.dtype, from_member(q, at[0]), from_member(k, at[0]),
              from_member(v, at[0]), from_member(out, at[0]), lse.as<C>() + at[0] * queries);
    });
  });
}

void attention_backward(const View& dq, const View& dk, const View& dv, const View& dout, const View& q, const View& k,
                        const View& v, const View& mask, const View& out, const View& lse, bool causal, double scale) {
  by_real_compute("scaled_dot_product_attention", q.dtype, [&]<class C>() {
    const i64 rows = lse.numel(), columns = out.shape[out.rank - 1], queries = q.shape[q.rank - 2];
    const Scratch<C> mean(rows);
    constexpr unsigned kWarps = 4;
    if (rows > 0) {
      enqueue(multiply_and_sum<C>, static_cast<unsigned>((rows + kWarps - 1) / kWarps), kWarps * 32, mean.data(),
              dout.data, out.data, q.dtype, rows, columns);
    }
    for_each_batch(mask, [&](const AttentionBatch& batch, const std::array<i64, 2>& at) {
      const Saved<C> saved{from_member(dout, at[0]),
                           from_member(q, at[0]),
                           from_member(k, at[0]),
                           from_member(v, at[0]),
                           lse.as<C>() + at[0] * queries,
                           mean.data() + at[0] * queries,
                           q.dtype};
      const auto want = [&](Wanted wanted, const View& result) {
        if (result.numel() == 0) return;
        const Matrices target = from_member(result, at[0]);
        const i64 blocks = AttentionTask::count(batch.numel, target.rows, target.columns, kTile<C>);
        enqueue(differentiate<C>, static_cast<unsigned>(blocks), kAttentionThreads, batch,
                from_offset(mask, at[1], causal, scale), wanted, saved, target);
      };
      want(Wanted::q, dq);
      want(Wanted::k, dk);
      want(Wanted::v, dv);
    });
  });
}

}  // namespace cadena::cuda
