#include "cuda/runtime/emulated/hopper.h"

#include <algorithm>

#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {
namespace {

AsyncUnits& units() { return Runner::running()->units(); }

Box box_of(const CUtensorMap& map, const int (&at)[3], const void* place) {
  const TensorMap* decoded = decode(map);
  if (decoded == nullptr) {
    Runner& runner = *Runner::running();
    runner.fail(cudaErrorLaunchFailure, "TMA: a tensor map that cuTensorMapEncodeTiled did not write", {nullptr, 0},
                place, runner.thread());
  }
  Box box{*decoded, {}};
  std::copy_n(at, 3, box.at);
  return box;
}

}  // namespace

uint32_t shared_address(const void* pointer) { return units().shared_address(pointer, __builtin_return_address(0)); }

void barrier_init(uint64_t* barrier, int arrivals) {
  units().barrier_init(barrier, arrivals, __builtin_return_address(0));
}

void barrier_arrive(uint64_t* barrier, int expected_bytes) {
  units().barrier_arrive(barrier, expected_bytes, __builtin_return_address(0));
}

void barrier_arrive_at(uint64_t* barrier, unsigned rank) {
  const void* place = __builtin_return_address(0);
  units().barrier_arrive(units().in_block(barrier, int(rank), place), 0, place);
}

void barrier_wait(uint64_t* barrier, int parity) { units().barrier_wait(barrier, parity, __builtin_return_address(0)); }

void load_box(void* shared, const CUtensorMap& map, const int (&at)[3], uint64_t* barrier, unsigned blocks) {
  const void* place = __builtin_return_address(0);
  if (blocks == 0) blocks = 1u << Runner::running()->block().rank;
  units().transfer({.kind = Transfer::Kind::load,
                    .place = place,
                    .box = box_of(map, at, place),
                    .shared = static_cast<char*>(shared),
                    .barrier = barrier,
                    .blocks = blocks});
}

void store_box(const CUtensorMap& map, const void* shared, const int (&at)[3]) {
  const void* place = __builtin_return_address(0);
  units().transfer({.kind = Transfer::Kind::store,
                    .place = place,
                    .box = box_of(map, at, place),
                    .shared = const_cast<char*>(static_cast<const char*>(shared))});
}

void load_bytes(void* shared, const void* global, int bytes, uint64_t* barrier) {
  units().transfer({.kind = Transfer::Kind::load,
                    .place = __builtin_return_address(0),
                    .global = const_cast<char*>(static_cast<const char*>(global)),
                    .bytes = bytes,
                    .shared = static_cast<char*>(shared),
                    .barrier = barrier,
                    .blocks = 1u << Runner::running()->block().rank});
}

void add_floats(float* global, const float* shared, int bytes) {
  units().transfer({.kind = Transfer::Kind::add_floats,
                    .place = __builtin_return_address(0),
                    .global = reinterpret_cast<char*>(global),
                    .bytes = bytes,
                    .shared = const_cast<char*>(reinterpret_cast<const char*>(shared))});
}

void close_transfers() { units().close_transfers(); }
void wait_transfers(int pending) { units().wait_transfers(pending); }

void named_barrier(int name, int threads, bool wait) {
  // The cluster's barrier has a number beyond the names of a kernel, which 0 is not either.
  units().named_barrier(name < AsyncUnits::kNames ? name : 0, threads, wait, __builtin_return_address(0));
}

unsigned cluster_rank() { return unsigned(Runner::running()->block().rank); }

void cluster_sync() { units().named_barrier(AsyncUnits::kClusterBarrier, 0, true, __builtin_return_address(0)); }

void wgmma_fence() { units().fence_products(); }
void wgmma_commit() { units().close_products(); }
void wgmma_wait(int pending) { units().wait_products(pending); }

void wgmma(float* d, const uint32_t* a, uint64_t a_descriptor, uint64_t b_descriptor, int columns, bool accumulates,
           bool a_across, bool b_across) {
  units().multiply({.d = d,
                    .a = a,
                    .a_descriptor = a_descriptor,
                    .b_descriptor = b_descriptor,
                    .columns = columns,
                    .accumulates = accumulates,
                    .a_across = a_across,
                    .b_across = b_across},
                   __builtin_return_address(0));
}

}  // namespace cadena::cuda::emulated
