#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <gtest/gtest.h>
#include <mma.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cuda/runtime/launch.h"
#include "cuda/runtime/matrix.h"
#include "tests/cuda/runtime/device_vector.h"

namespace cadena::cuda {
namespace {

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

template <class T>
void expect_arithmetic() {
  DeviceVector<float> out(6);
  launch(arithmetic<T>, {}, out.data());
  EXPECT_EQ(out.host(), (std::vector<float>{1.25f, -0.375f, 1.125f, 1.5f, 0.25f, 1.25f}));
}

TEST(Half, Computes) { expect_arithmetic<__half>(); }
TEST(Brain, Computes) { expect_arithmetic<__nv_bfloat16>(); }

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
  wmma::fragment<wmma::matrix_a, 16, 16, 16, T, wmma::row_major> left;
  wmma::fragment<wmma::matrix_b, 16, 16, 16, T, wmma::col_major> right;
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
  wmma::fill_fragment(sum, 1.0f);
  wmma::load_matrix_sync(left, a, 16);
  wmma::load_matrix_sync(right, b, 16);
  wmma::mma_sync(sum, left, right, sum);
  wmma::store_matrix_sync(c, sum, 16, wmma::mem_row_major);
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
