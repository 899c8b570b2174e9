#pragma once

/// WMMA under CUDA's names, found instead of NVIDIA's <mma.h>: 16 x 16 x 16 products of half or bfloat16 into f32. A
/// fragment holds 8 numbers a lane, row-major over the lanes; as on a GPU a kernel must not rely on which.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "cuda/runtime/emulated/alignment.h"
#include "cuda/runtime/emulated/tensor_core.h"

namespace nvcuda::wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

/// One lane's share of a 16 x 16 matrix.
template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment {
  static_assert(M == 16 && N == 16 && K == 16, "the emulator has fragments of 16 x 16 x 16");
  static constexpr int num_elements = 8;
  T x[num_elements];
};

namespace emulated {
namespace emu = cadena::cuda::emulated;

/// Element i of a lane is number 8 lane + i of the matrix, row by row.
inline int row_of(int lane, int i) { return (8 * lane + i) / 16; }
inline int column_of(int lane, int i) { return (8 * lane + i) % 16; }

template <class T>
void check_matrix(const T* p, unsigned stride, emu::Site site) {
  emu::check_alignment(p, 32, site);  // 256 bits, and a stride of whole 16-byte words
  if (stride * sizeof(T) % 16 != 0) emu::fail_alignment(reinterpret_cast<const void*>(stride * sizeof(T)), 16, site);
}

template <class T>
struct Product {
  float* d;
  const T *a, *b;
  const float* c;
};

template <class T>
CADENA_NOT_COUNTED_AT_ALL void combine(void** payloads, uint32_t) {
  float a[16][16], b[16][16], c[16][16];
  for (int lane = 0; lane < 32; ++lane) {
    const auto& own = *static_cast<Product<T>*>(payloads[lane]);
    for (int i = 0; i < 8; ++i) {
      a[row_of(lane, i)][column_of(lane, i)] = own.a[i];
      b[row_of(lane, i)][column_of(lane, i)] = own.b[i];
      c[row_of(lane, i)][column_of(lane, i)] = own.c[i];
    }
  }
  for (int lane = 0; lane < 32; ++lane) {
    const auto& own = *static_cast<Product<T>*>(payloads[lane]);
    for (int i = 0; i < 8; ++i) {
      float sum = c[row_of(lane, i)][column_of(lane, i)];
      for (int k = 0; k < 16; ++k) sum += a[row_of(lane, i)][k] * b[k][column_of(lane, i)];
      own.d[i] = sum;
    }
  }
}

/// All lanes meet, as the instruction demands.
inline void meet(const char* name, emu::Site site) { emu::warp_collective(~0u, nullptr, nullptr, name, site); }

}  // namespace emulated

/// Every element becomes `value`.
template <class Use, int M, int N, int K, class T, class Layout>
void fill_fragment(fragment<Use, M, N, K, T, Layout>& to, const T& value) {
  for (T& element : to.x) element = value;
}

/// Loads A or B: element (r, c) from p[r * stride + c] where row-major, from p[c * stride + r] where column-major.
template <class Use, class T, class Layout>
__forceinline__ void load_matrix_sync(fragment<Use, 16, 16, 16, T, Layout>& to, const T* p, unsigned stride,
                                      emulated::emu::Site site = emulated::emu::Site::here()) {
  emulated::check_matrix(p, stride, site);
  emulated::meet("load_matrix_sync", site);
  const int lane = emulated::emu::lane_index();
  for (int i = 0; i < 8; ++i) {
    const auto r = unsigned(emulated::row_of(lane, i)), c = unsigned(emulated::column_of(lane, i));
    to.x[i] = std::is_same_v<Layout, row_major> ? p[r * stride + c] : p[c * stride + r];
  }
}

/// Loads an accumulator.
template <class T>
__forceinline__ void load_matrix_sync(fragment<accumulator, 16, 16, 16, T>& to, const T* p, unsigned stride,
                                      layout_t layout, emulated::emu::Site site = emulated::emu::Site::here()) {
  emulated::check_matrix(p, stride, site);
  emulated::meet("load_matrix_sync", site);
  const int lane = emulated::emu::lane_index();
  for (int i = 0; i < 8; ++i) {
    const auto r = unsigned(emulated::row_of(lane, i)), c = unsigned(emulated::column_of(lane, i));
    to.x[i] = layout == mem_row_major ? p[r * stride + c] : p[c * stride + r];
  }
}

/// Stores an accumulator.
template <class T>
__forceinline__ void store_matrix_sync(T* p, const fragment<accumulator, 16, 16, 16, T>& from, unsigned stride,
                                       layout_t layout, emulated::emu::Site site = emulated::emu::Site::here()) {
  emulated::check_matrix(p, stride, site);
  emulated::meet("store_matrix_sync", site);
  const int lane = emulated::emu::lane_index();
  for (int i = 0; i < 8; ++i) {
    const auto r = unsigned(emulated::row_of(lane, i)), c = unsigned(emulated::column_of(lane, i));
    (layout == mem_row_major ? p[r * stride + c] : p[c * stride + r]) = from.x[i];
  }
}

/// D = A B + C.
template <class T, class LayoutA, class LayoutB>
__forceinline__ void mma_sync(fragment<accumulator, 16, 16, 16, float>& d,
                              const fragment<matrix_a, 16, 16, 16, T, LayoutA>& a,
                              const fragment<matrix_b, 16, 16, 16, T, LayoutB>& b,
                              const fragment<accumulator, 16, 16, 16, float>& c,
                              emulated::emu::Site site = emulated::emu::Site::here()) {
  emulated::emu::count_tensor_operations(2 * 16 * 16 * 16);
  emulated::Product<T> payload{d.x, a.x, b.x, c.x};
  emulated::emu::warp_collective(~0u, &payload, emulated::combine<T>, "mma_sync", site);
}

}  // namespace nvcuda::wmma
