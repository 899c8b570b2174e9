#include <algorithm>
#include <cstddef>
#include <limits>

#include "cuda/kernels/gpu/cublas_types.h"
#include "cuda/kernels/recording.h"
#include "cuda/kernels/scratch.h"
#include "cuda/kernels/stream.h"

namespace cadena::cuda {
namespace {

/// This thread's connection to cuBLAS. Where a sum is split over blocks, its parts are added in f32 too, not in the
/// two bytes of the result, in which they may overflow.
class Handle {
 public:
  Handle() {
    expect(cublasCreate(&handle_), "cublasCreate");
    expect(cublasSetMathMode(handle_, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION), "cublasSetMathMode");
  }
  ~Handle() { cublasDestroy(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  /// With cuBLAS's own room for intermediate results, or with `workspace`.
  cublasHandle_t on_current_stream(const Scratch<std::byte>& workspace) const {
    expect(cublasSetStream(handle_, current_stream()), "cublasSetStream");  // which brings back cuBLAS's own
    if (workspace.data() == nullptr) return handle_;
    expect(cublasSetWorkspace(handle_, workspace.data(), kWorkspaceBytes), "cublasSetWorkspace");
    return handle_;
  }

 private:
  cublasHandle_t handle_ = nullptr;
};

}  // namespace

bool has_vendor_multiply() { return true; }

bool vendor_multiply(const VendorProduct& p) {
  const i64 largest = std::max({p.m, p.n, p.k, p.batch, p.a.pitch, p.b.pitch});
  if (!is_floating(p.dtype) || p.k == 0 || largest > std::numeric_limits<int>::max()) return false;
  thread_local const Handle handle;
  const Scratch<std::byte> workspace(Recording::is_active() ? i64{kWorkspaceBytes} : 0);  // replays outlive the handle
  const double one = 1, old = p.adds ? 1 : 0;
  const float one_f32 = 1, old_f32 = p.adds ? 1.0f : 0.0f;
  const bool is_f64 = p.dtype == Dtype::f64;
  const void* alpha = is_f64 ? static_cast<const void*>(&one) : &one_f32;
  const void* beta = is_f64 ? static_cast<const void*>(&old) : &old_f32;
  const cudaDataType_t type = data_type(p.dtype);
  const auto operation = [](const VendorProduct::Operand& x) { return x.is_transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
  // cuBLAS counts along columns, so it sees every matrix transposed: y^T = b^T a^T.
  expect(cublasGemmStridedBatchedEx(handle.on_current_stream(workspace), operation(p.b), operation(p.a),
                                    static_cast<int>(p.n), static_cast<int>(p.m), static_cast<int>(p.k), alpha,
                                    p.b.data, type, static_cast<int>(p.b.pitch), p.b.step, p.a.data, type,
                                    static_cast<int>(p.a.pitch), p.a.step, beta, p.y, type, static_cast<int>(p.n),
                                    p.y_step, static_cast<int>(p.batch), compute_type(p.dtype), CUBLAS_GEMM_DEFAULT),
         "cublasGemmStridedBatchedEx");
  return true;
}

}  // namespace cadena::cuda
