#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <gtest/gtest.h>
#include <mma.h>

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "cuda/ladder/machine.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/matrix.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

// bfloat16, and tensor cores by PTX, exist from compute capability 8.0 on. What is compiled for earlier ones is empty.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
template <class T>
inline constexpr bool kComputes = std::is_same_v<T, __half>;
#else
template <class T>
inline constexpr bool kComputes = true;
#endif

constexpr char kNeeds80[] = "needs compute capability 8.0";

// Expected bits of half precision come from Python's struct.pack('<e', x), except beyond 65520, which it refuses; those
// of bfloat16 are the upper halves of struct.pack('<f', x), rounded.
TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(__half_as_ushort(__float2half(1.0f)), 0x3c00);
  EXPECT_EQ(__half_as_ushort(__float2half(-2.5f)), 0xc100);
  EXPECT_EQ(__half_as_ushort(__float2half(65504.0f)), 0x7bff);
  EXPECT_EQ(__half_as_ushort(__float2half(65519.99f)), 0x7bff);
  EXPECT_EQ(__half_as_ushort(__float2half(65520.0f)), 0x7c00);
  EXPECT_EQ(__half_as_ushort(__float2half(1.0f + 0x1p-11f)), 0x3c00);
  EXPECT_EQ(__half_as_ushort(__float2half(1.0f + 3 * 0x1p-11f)), 0x3c02);
  EXPECT_EQ(__half_as_ushort(__float2half(0x1p-24f)), 0x0001);
  EXPECT_EQ(__half_as_ushort(__float2half(0x1p-25f)), 0x0000);
  EXPECT_EQ(__half_as_ushort(__float2half(0x1.8p-25f)), 0x0001);
  EXPECT_EQ(__half_as_ushort(__float2half(0x1.ffcp-15f)), 0x0400);
  EXPECT_EQ(__half_as_ushort(__float2half(-0.0f)), 0x8000);
  EXPECT_TRUE(std::isnan(__half2float(__float2half(std::nanf("")))));
}

TEST(Half, EveryNumberSurvivesTheWayThroughFloat) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const __half x = __ushort_as_half(static_cast<unsigned short>(bits));
    if (__hisnan(x)) continue;
    ASSERT_EQ(__half_as_ushort(__float2half(__half2float(x))), bits);
  }
}

TEST(Brain, RoundsToNearestEven) {
  EXPECT_EQ(__bfloat16_as_ushort(__float2bfloat16(1.0f)), 0x3f80);
  EXPECT_EQ(__bfloat16_as_ushort(__float2bfloat16(1.0f + 0x1p-8f)), 0x3f80);
  EXPECT_EQ(__bfloat16_as_ushort(__float2bfloat16(1.0f + 3 * 0x1p-8f)), 0x3f82);
  EXPECT_EQ(__bfloat16_as_ushort(__float2bfloat16(-3.14159f)), 0xc049);
  EXPECT_EQ(__bfloat16_as_ushort(__float2bfloat16(std::numeric_limits<float>::max())), 0x7f80);
  EXPECT_EQ(__bfloat16_as_ushort(__double2bfloat16(1.0 + 0x1p-8 + 0x1p-40)), 0x3f81);
}

template <class T>
__global__ void arithmetic(float* out) {
  if constexpr (kComputes<T>) {
    const T a = T(1.5f), b = T(-0.25f);
    out[0] = float(a + b);
    out[1] = float(a * b);
    out[2] = float(__hfma(a, b, a));
    out[3] = float(__hmax(a, b));
    out[4] = float(__habs(b));
    T total = a;
    total += b;
    out[5] = float(total);
  }
}

template <class T>
void expect_arithmetic() {
  if (std::is_same_v<T, __nv_bfloat16> && !ladder::runs_here(80)) GTEST_SKIP() << kNeeds80;
  DeviceVector<float> out(6);
  launch(arithmetic<T>, {}, out.data());
  EXPECT_EQ(out.host(), (std::vector<float>{1.25f, -0.375f, 1.125f, 1.5f, 0.25f, 1.25f}));
}

TEST(Half, Computes) { expect_arithmetic<__half>(); }
TEST(Brain, Computes) { expect_arithmetic<__nv_bfloat16>(); }

// The exact sum lies beside a tie, by less than f64 can hold: rounding it there first would round to the wrong side.
template <class T>
__global__ void fused_beside_a_tie(float* out) {
  if constexpr (kComputes<T>) {
    const T a = T(1.5f), b = T(1.0078125f);
    out[0] = float(__hfma(a, b, T(-0x1p-100f)));
    out[1] = float(__hfma(a, b, T(0x1p-100f)));
  }
}

// Python: 1.5 * (1 + 2**-7) = 1.51171875 = 1.5078125 + 2**-8, half way between 1.5078125 and 1.515625.
TEST(Brain, RoundsOnce) {
  if (!ladder::runs_here(80)) GTEST_SKIP() << kNeeds80;
  DeviceVector<float> out(2);
  launch(fused_beside_a_tie<__nv_bfloat16>, {}, out.data());
  EXPECT_EQ(out.host(), (std::vector<float>{1.5078125f, 1.515625f}));
}

template <class T>
__global__ void compare(const T* x, int* out) {
  const T one = x[0], nan = x[1];
  const int results[] = {__heq(one, one), __hne(one, nan),  __hneu(one, nan), __hlt(nan, one), __hltu(nan, one),
                         __hge(one, one), __hequ(one, nan), __hgtu(one, one), one != nan,      __hisnan(nan)};
  for (int i = 0; i < 10; ++i) out[i] = results[i];
}

template <class T>
void expect_comparisons(T one, T nan) {
  DeviceVector<T> x(std::vector<T>{one, nan});
  DeviceVector<int> out(10);
  launch(compare<T>, {}, x.data(), out.data());
  EXPECT_EQ(out.host(), (std::vector<int>{1, 0, 1, 0, 1, 1, 1, 0, 1, 1}));
}

TEST(Half, ComparesNanAsItsNameSays) { expect_comparisons(__float2half(1.0f), __ushort_as_half(0x7fff)); }
TEST(Brain, ComparesNanAsItsNameSays) { expect_comparisons(__float2bfloat16(1.0f), __ushort_as_bfloat16(0x7fff)); }

__global__ void halves_by_name(float* out) {
  const __half2 a = __floats2half2_rn(0.75f, -2.0f), b = __floats2half2_rn(0.5f, 4.0f);
  int i = 0;
  const auto both = [&](__half2 x) {
    out[i++] = __low2float(x);
    out[i++] = __high2float(x);
  };
  both(__hadd2(a, b));
  both(__hfma2(a, b, a));
  both(__hmax2(a, b));
  both(__hlt2(a, b));
  both(h2floor(a));
  both(__lows2half2(a, b));
  both(__lowhigh2highlow(a));
  both(__half2half2(__hadd_sat(__low2half(a), __low2half(b))));
  both(__halves2half2(__float2half_rz(65519.0f), __float2half_ru(1.0001f)));
  both(__halves2half2(__float2half_rd(-1.0001f), __float2half_ru(1e-9f)));
  out[i++] = static_cast<float>(__half2int_rd(__float2half(-1.5f)));
  out[i++] = __hbgt2(b, a) ? 1.0f : 0.0f;
}

// Neighbours of half precision: 1 + 2^-10, the smallest number 2^-24.
TEST(Half, ComputesOnPairsAndRoundsToTheSideAskedFor) {
  DeviceVector<float> out(22);
  launch(halves_by_name, {}, out.data());
  EXPECT_EQ(out.host(),
            (std::vector<float>{1.25f,    2.0f,          1.125f,         -10.0f,   0.75f, 4.0f,  0.0f, 1.0f,  //
                                0.0f,     -2.0f,         0.75f,          0.5f,     -2.0f, 0.75f, 1.0f, 1.0f,  //
                                65504.0f, 1.0009765625f, -1.0009765625f, 0x1p-24f, -2.0f, 0.0f}));
}

__global__ void count_in_halves(__half* one, __half2* two) {
  atomicAdd(one, __float2half(1.0f));
  atomicAdd(two, __floats2half2_rn(1.0f, 2.0f));
}

TEST(Half, AddsAtomically) {
  DeviceVector<__half> one(std::vector{__float2half(0.0f)});
  DeviceVector<__half2> two(std::vector{__floats2half2_rn(0.0f, 0.0f)});
  launch(count_in_halves, {.grid = 4, .block = 64}, one.data(), two.data());
  EXPECT_EQ(float(one.host()[0]), 256.0f);
  EXPECT_EQ(__high2float(two.host()[0]), 512.0f);
}

template <class T>
__global__ void wmma_product(const T* a, const T* b, float* c) {
  namespace wmma = nvcuda::wmma;
  if constexpr (kComputes<T>) {
    wmma::fragment<wmma::matrix_a, 16, 16, 16, T, wmma::row_major> left;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, T, wmma::col_major> right;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
    wmma::fill_fragment(sum, 1.0f);
    wmma::load_matrix_sync(left, a, 16);
    wmma::load_matrix_sync(right, b, 16);
    wmma::mma_sync(sum, left, right, sum);
    wmma::store_matrix_sync(c, sum, 16, wmma::mem_row_major);
  }
}

/// Small integers: every sum is exact, whatever the order.
template <class T>
std::vector<T> pattern(size_t n, int step) {
  std::vector<T> x(n);
  for (size_t i = 0; i < n; ++i) x[i] = T(float(static_cast<int>(i) * step % 7 - 3));
  return x;
}

template <class T>
void expect_wmma() {
  if (std::is_same_v<T, __nv_bfloat16> && !ladder::runs_here(80)) GTEST_SKIP() << kNeeds80;
  const auto a = pattern<T>(256, 3), b = pattern<T>(256, 5);
  DeviceVector<T> da(a), db(b);
  DeviceVector<float> dc(256);
  launch(wmma_product<T>, {.block = 32}, da.data(), db.data(), dc.data());
  const auto c = dc.host();
  for (size_t i = 0; i < 16; ++i) {
    for (size_t j = 0; j < 16; ++j) {
      float sum = 1.0f;
      for (size_t k = 0; k < 16; ++k) sum += float(a[i * 16 + k]) * float(b[j * 16 + k]);
      ASSERT_EQ(c[i * 16 + j], sum) << i << ", " << j;
    }
  }
}

TEST(Wmma, MultipliesHalves) { expect_wmma<__half>(); }
TEST(Wmma, MultipliesBrains) { expect_wmma<__nv_bfloat16>(); }

template <class T, class Tag>
__global__ void mma_product(const T* a, const T* b, float* c) {  // A 16 x 16, B 16 x 8 row-major, C 16 x 8
  __shared__ __align__(16) T tile_a[16 * 16], tile_b[16 * 8];
  const unsigned lane = threadIdx.x;
  for (unsigned i = lane; i < 256; i += 32) tile_a[i] = a[i];
  for (unsigned i = lane; i < 128; i += 32) tile_b[i] = b[i];
  __syncwarp();
  uint32_t fragment_a[4], fragment_b[2];
  float d[4] = {};
  ldmatrix_x4(fragment_a, &tile_a[lane % 16 * 16 + lane / 16 * 8]);
  ldmatrix_x2_trans(fragment_b, &tile_b[lane % 16 * 8]);
  mma_m16n8k16(d, fragment_a, fragment_b, Tag());
  for (unsigned i = 0; i < 4; ++i) c[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = d[i];
}

template <class T, class Tag>
void expect_mma() {
  if (!ladder::runs_here(80)) GTEST_SKIP() << kNeeds80;
  const auto a = pattern<T>(256, 3), b = pattern<T>(128, 5);
  DeviceVector<T> da(a), db(b);
  DeviceVector<float> dc(128);
  launch(mma_product<T, Tag>, {.block = 32}, da.data(), db.data(), dc.data());
  const auto c = dc.host();
  for (size_t i = 0; i < 16; ++i) {
    for (size_t j = 0; j < 8; ++j) {
      float sum = 0;
      for (size_t k = 0; k < 16; ++k) sum += float(a[i * 16 + k]) * float(b[k * 8 + j]);
      ASSERT_EQ(c[i * 8 + j], sum) << i << ", " << j;
    }
  }
}

TEST(Mma, MultipliesHalves) { expect_mma<__half, f16_tag>(); }
TEST(Mma, MultipliesBrains) { expect_mma<__nv_bfloat16, bf16_tag>(); }

__global__ void tf32_product(const float* a, const float* b, float* c) {  // A 16 x 8, B 8 x 8 row-major
  const unsigned g = threadIdx.x / 4, t = threadIdx.x % 4;
  const uint32_t fragment_a[4] = {to_tf32(a[g * 8 + t]), to_tf32(a[(g + 8) * 8 + t]), to_tf32(a[g * 8 + t + 4]),
                                  to_tf32(a[(g + 8) * 8 + t + 4])};
  const uint32_t fragment_b[2] = {to_tf32(b[t * 8 + g]), to_tf32(b[(t + 4) * 8 + g])};
  float d[4] = {};
  mma_m16n8k8(d, fragment_a, fragment_b);
  for (unsigned i = 0; i < 4; ++i) c[(g + i / 2 * 8) * 8 + t * 2 + i % 2] = d[i];
}

TEST(Mma, MultipliesInTf32) {
  if (!ladder::runs_here(80)) GTEST_SKIP() << kNeeds80;
  const auto a = pattern<float>(128, 3), b = pattern<float>(64, 5);
  DeviceVector<float> da(a), db(b), dc(128);
  launch(tf32_product, {.block = 32}, da.data(), db.data(), dc.data());
  const auto c = dc.host();
  for (size_t i = 0; i < 16; ++i) {
    for (size_t j = 0; j < 8; ++j) {
      float sum = 0;
      for (size_t k = 0; k < 8; ++k) sum += a[i * 8 + k] * b[k * 8 + j];
      ASSERT_EQ(c[i * 8 + j], sum) << i << ", " << j;
    }
  }
}

}  // namespace
}  // namespace cadena::cuda
