#pragma once

#include <string>

/// Kernels to be looked at. They are compiled with the microscope's instrumentation; each function makes its data,
/// launches one kernel, and waits for it. Lines that a test names end with a comment in capitals.
namespace cadena::cuda::microscope::test {

/// C = A B of row-major n x n matrices, a thread an element.
void gemm_naive(int n);      // lanes along a column of C
void gemm_coalesced(int n);  // lanes along a row
void gemm_tiled(int n);      // tiles of 32 x 32 in shared memory
/// C = A B of bf16 matrices by mma.sync, 16 x 8 of C a warp; n a multiple of 16.
void gemm_tensor(int n);

/// Copies n floats, one or four a thread.
void copy(int n);
void copy_float4(int n);
/// Transposes n x n floats over a tile in shared memory, with rows of 32 or 33.
void transpose(int n);
void transpose_padded(int n);
/// Loads 16 x 16 matrices of 2-byte numbers by ldmatrix, with rows of 32 or of 48 bytes.
void load_matrices();
void load_matrices_padded();
/// Counts n numbers into 4 bins by atomics in device memory.
void histogram(int n);
/// y = exp(x) sqrt(x) + x / 3 in f32, y = 2 x + 1 in f64.
void functions(int n);
/// The sum of n floats by one launch: the block that is last adds the partial sums.
void sum_by_last_block(int n);
/// Softmax of `rows` rows of n floats, a warp a row.
void softmax(int rows, int n);
/// The same for 2-byte numbers that are overwritten in place: neighbours share words.
void halve_in_place(int n);
/// Reverses 64 2-byte numbers through shared memory: the compiler guards the initialization of such an array.
void reverse_halves();
/// Copies n floats through two buffers that cp.async fills.
void async_pipeline(int n);
/// Each half of a warp sums by itself, shuffles with masks of 16 lanes.
void half_warp_sums();
/// A warp passes values through shared memory, with __syncwarp.
void warp_exchange();
/// Blocks count into shared memory by atomics, then add that to device memory.
void histogram_shared(int n);

/// Kernels with one fault each. A failed launch is reset; the message is returned.
void missing_syncthreads();
void missing_syncthreads_before_write();
void missing_syncwarp();
void race_between_blocks();
void sum_by_last_block_without_fence(int n);
void uninitialised_shared();
void uninitialised_global();
void uninitialised_dynamic();
std::string out_of_bounds_read();
std::string out_of_bounds_write();
std::string out_of_bounds_shared();
std::string beyond_static_array();
std::string misaligned();
std::string divergent_barrier();
void too_many_threads();
void host_memory();
void missing_wait();

/// The line of kernels.cu or bugs.cu that ends with `mark`.
int line_of(const std::string& file, const std::string& mark);

}  // namespace cadena::cuda::microscope::test
