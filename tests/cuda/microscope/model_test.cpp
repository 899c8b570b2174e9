/// The models beside the counts: names, data sheets, occupancy, order within a warp.
#include <gtest/gtest.h>

#include <stdexcept>

#include "cuda/runtime/microscope/block_order.h"
#include "cuda/runtime/microscope/gpu.h"
#include "cuda/runtime/microscope/occupancy.h"
#include "cuda/runtime/microscope/symbols.h"
#include "cuda/runtime/microscope/warp_clock.h"

namespace cadena::cuda::microscope {
namespace {

TEST(Names, LoseReturnTypeNamespacesAndParameters) {
  EXPECT_EQ(short_name("void cadena::(anonymous namespace)::gemm<32, true>(int, float const*)"), "gemm<32, true>");
  EXPECT_EQ(short_name("gemm(int)"), "gemm");
  EXPECT_EQ(short_name(demangled("_Z4gemmPf")), "gemm");
  EXPECT_EQ(short_name("void f<g<int>(a::b)>(int)"), "f<g<int>(a::b)>");
}

TEST(Names, AFrameOfTheRuntimeGivesWayToItsCaller) {
  const Place place =
      choose_frame({"load_vector", "a/cuda/runtime/vector_load.h:50:3", "kernel(float*)", "a/k.cu:7:9"});
  EXPECT_EQ(place.short_text(), "k.cu:7:9");
  EXPECT_EQ(place.function, "kernel");
  EXPECT_EQ(choose_frame({"kernel", "a/k.cu:7 (discriminator 3)"}).short_text(), "k.cu:7");
  EXPECT_EQ(choose_frame({"??", "??:0"}).short_text(), "?");
}

TEST(DataSheets, AreFoundHoweverOneTypesThem) {
  EXPECT_STREQ(find_gpu("H200").title, "H200 SXM");
  EXPECT_STREQ(find_gpu("rtx-4090").title, "RTX 4090");
  EXPECT_STREQ(find_gpu("RTX 4090").title, "RTX 4090");
  try {
    find_gpu("voodoo2");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("'voodoo2'; there are t4, a100"), std::string::npos);
  }
}

// f32 without tensor cores: two operations a clock and lane, 128 lanes a multiprocessor (64 on T4 and A100).
TEST(DataSheets, AgreeWithClockAndMultiprocessors) {
  for (const Gpu& gpu : known_gpus()) {
    const int lanes = gpu.compute_capability == 75 || gpu.compute_capability == 80 ? 64 : 128;
    EXPECT_NEAR(2.0 * lanes * gpu.multiprocessors * gpu.boost_ghz / 1000 / gpu.f32_tflops, 1, 0.01) << gpu.title;
  }
}

TEST(Roofline, NamesTheSlowestUnit) {
  const Gpu& gpu = find_gpu("h200");
  Work copy;
  copy.memory_bytes = 4.8e9;
  EXPECT_NEAR(bound_of(copy, gpu).least_us(), 1000, 1e-9);
  EXPECT_STREQ(bound_of(copy, gpu).limiter(), "memory");
  Work gemm = copy;
  gemm.f32 = 2 * 66.9e9;
  EXPECT_NEAR(bound_of(gemm, gpu).least_us(), 2000, 1e-9);
  EXPECT_STREQ(bound_of(gemm, gpu).limiter(), "arithmetic");
}

constexpr const char* kReport =
    "ptxas info    : 0 bytes gmem\n"
    "ptxas info    : Compiling entry function '_Z1kILi64EEvPfi' for 'sm_90'\n"
    "ptxas info    : Function properties for _Z1kILi64EEvPfi\n"
    "    0 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads\n"
    "ptxas info    : Used 40 registers, used 1 barriers, 256 bytes smem, 400 bytes cmem[0]\n";

TEST(Occupancy, IsReadFromPtxas) {
  const auto kernels = parse_ptxas_report(kReport);
  ASSERT_EQ(kernels.count("_Z1kILi64EEvPfi"), 1u);
  const Resources& resources = kernels.at("_Z1kILi64EEvPfi");
  EXPECT_EQ(resources.registers, 40);
  EXPECT_EQ(resources.shared_bytes, 256u);
  EXPECT_EQ(resources.spilled_bytes, 20u);
}

// By hand, compute capability 9.0: 65536 registers, 64 warps, 32 blocks, 228 KiB of which 1 KiB goes to each block.
TEST(Occupancy, IsLimitedByWhatRunsOutFirst) {
  const auto occupancy = [](int registers, size_t shared, int threads) {
    return *occupancy_of({registers, shared, 0}, threads, 0, 90);
  };
  EXPECT_EQ(occupancy(32, 0, 256).warps, 64);
  EXPECT_EQ(occupancy(128, 0, 256).warps, 16);
  EXPECT_STREQ(occupancy(128, 0, 256).limiter, "registers");
  EXPECT_EQ(occupancy(32, 0, 32).warps, 32);
  EXPECT_STREQ(occupancy(32, 0, 32).limiter, "blocks");
  EXPECT_EQ(occupancy(32, 48 * 1024, 256).blocks, 4);
  EXPECT_STREQ(occupancy(32, 48 * 1024, 256).limiter, "shared memory");
  EXPECT_FALSE(occupancy_of({32, 0, 0}, 256, 0, 52).has_value());
}

TEST(WarpClock, OrdersThoseThatHaveMet) {
  WarpClock clock;
  clock.reset();
  const uint16_t step = clock.step(3);
  EXPECT_FALSE(clock.is_ordered(5, 3, step));
  clock.meet(0x28);  // lanes 3 and 5
  EXPECT_TRUE(clock.is_ordered(5, 3, step));
  EXPECT_FALSE(clock.is_ordered(7, 3, step));
  EXPECT_FALSE(clock.is_ordered(5, 3, clock.step(3)));
  clock.meet(0xa0);  // lanes 5 and 7: lane 5 hands on what it knows of lane 3
  EXPECT_TRUE(clock.is_ordered(7, 3, step));
}

TEST(BlockOrder, NeedsAFenceAndTheSameAddress) {
  BlockOrder order;
  order.begin_launch();
  order.begin_block(0);
  order.fence(10);
  order.atomic(4096);
  order.begin_block(1);
  order.atomic(8192);
  EXPECT_TRUE(order.known().empty());
  order.atomic(4096);
  ASSERT_EQ(order.known().size(), 1u);
  EXPECT_EQ(order.known()[0], 10u);
}

}  // namespace
}  // namespace cadena::cuda::microscope
